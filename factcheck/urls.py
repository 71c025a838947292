"""The pages for readers, in each language of the interface under its own prefix; English has none."""

from django.urls import path

from factcheck.views import (
    about,
    articles,
    claimants,
    claims,
    corrections,
    embedding,
    front,
    publishers,
    search,
    topics,
)

app_name = "factcheck"
urlpatterns = [
    path("", front.front, name="front"),
    path("claims/", claims.claim_list, name="claim-list"),
    path("claims/<slug:slug>/", claims.claim_detail, name="claim-detail"),
    path("articles/", articles.article_list, name="article-list"),
    path("articles/<slug:slug>/", articles.article_detail, name="article-detail"),
    path("claimants/", claimants.claimant_list, name="claimant-list"),
    path("claimants/<slug:slug>/", claimants.claimant_detail, name="claimant-detail"),
    path("topics/", topics.topic_list, name="topic-list"),
    path("topics/<slug:slug>/", topics.topic_detail, name="topic-detail"),
    path("publishers/", publishers.publisher_list, name="publisher-list"),
    path("publishers/<slug:slug>/", publishers.publisher_detail, name="publisher-detail"),
    path("search/", search.search, name="search"),
    path("corrections/", corrections.correction_list, name="correction-list"),
    path("methodology/", about.methodology, name="methodology"),
    path("about/", about.about, name="about"),
    path("claims/<slug:slug>/embed/", embedding.embed, name="claim-embed"),
]
