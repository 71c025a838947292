"""Every public address."""

from django.urls import path

from factcheck.views import (
    about,
    articles,
    claimants,
    claims,
    corrections,
    embedding,
    feeds,
    front,
    health,
    publishers,
    sitemaps,
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
    path("corrections/", corrections.correction_list, name="correction-list"),
    path("methodology/", about.methodology, name="methodology"),
    path("about/", about.about, name="about"),
    path("claims/<slug:slug>/embed/", embedding.embed, name="claim-embed"),
    path("oembed", embedding.oembed, name="oembed"),
    path("feeds/claims.atom", feeds.claims_atom, name="claims-atom"),
    path("feeds/claims.json", feeds.claims_json, name="claims-json"),
    path("feeds/reviews.atom", feeds.reviews_atom, name="reviews-atom"),
    path("feeds/corrections.atom", feeds.corrections_atom, name="corrections-atom"),
    path("sitemap.xml", sitemaps.index, name="sitemap"),
    path("sitemap/pages.xml", sitemaps.pages, name="sitemap-pages"),
    path("sitemap/<slug:kind>-<int:number>.xml", sitemaps.part, name="sitemap-part"),
    path("robots.txt", sitemaps.robots, name="robots"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
