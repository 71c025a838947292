"""The addresses that programs read: they have no language."""

from django.urls import path

from factcheck.views import embedding, feeds, health, similar, sitemaps

app_name = "machine"
urlpatterns = [
    path("oembed", embedding.oembed, name="oembed"),
    path("feeds/claims.atom", feeds.claims_atom, name="claims-atom"),
    path("feeds/claims.json", feeds.claims_json, name="claims-json"),
    path("feeds/reviews.atom", feeds.reviews_atom, name="reviews-atom"),
    path("feeds/corrections.atom", feeds.corrections_atom, name="corrections-atom"),
    path("api/v1/claims/similar", similar.similar_claims, name="similar-claims"),
    path("sitemap.xml", sitemaps.index, name="sitemap"),
    path("sitemap/pages.xml", sitemaps.pages, name="sitemap-pages"),
    path("sitemap/<slug:kind>-<int:number>.xml", sitemaps.part, name="sitemap-part"),
    path("robots.txt", sitemaps.robots, name="robots"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
