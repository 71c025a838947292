"""The tables: fields, constraints, querysets, and small derived properties."""

from factcheck.models.appearances import Appearance, Caveat, Relay, Wording
from factcheck.models.attempts import FailedAttempts
from factcheck.models.claims import (
    SYMMETRIC_RELATIONS,
    Claim,
    ClaimKind,
    ClaimRelation,
    ClaimTopic,
    Priority,
    RelationKind,
    StatusBasis,
    Topic,
)
from factcheck.models.corrections import Correction, Severity
from factcheck.models.dates import PartialDate, Precision
from factcheck.models.evidence import CaptureFault, CaptureProblem, Evidence, EvidenceKind, ReplyRequest, Stance
from factcheck.models.history import Change, Conflict, NotRecorded, Part, Tracked, Whole
from factcheck.models.pages import Page, PageSlug
from factcheck.models.public import Edition, FormerReference, PublicAddress
from factcheck.models.ratings import Colour, Rating, RatingClass
from factcheck.models.reviews import ONCE_PUBLISHED, AssessedAs, EvidenceStrength, Origin, Review, ReviewState
from factcheck.models.search import Searched, SearchRow, SearchVector, SearchWord
from factcheck.models.sources import Article, ArticleText, Claimant, ClaimantKind, Interest, Publisher
from factcheck.models.users import DirectPermission, Membership, User

__all__ = [
    "ONCE_PUBLISHED", "SYMMETRIC_RELATIONS", "Appearance", "Article", "ArticleText", "AssessedAs", "CaptureFault",
    "CaptureProblem", "Caveat", "Change", "Claim", "ClaimKind", "ClaimRelation", "ClaimTopic", "Claimant",
    "ClaimantKind", "Colour", "Conflict", "Correction", "DirectPermission", "Edition", "Evidence", "EvidenceKind",
    "EvidenceStrength", "FailedAttempts", "FormerReference", "Interest", "Membership", "NotRecorded", "Origin",
    "Page", "PageSlug", "Part", "PartialDate", "Precision", "Priority", "PublicAddress", "Publisher", "Rating",
    "RatingClass", "RelationKind", "Relay", "ReplyRequest", "Review", "ReviewState", "SearchRow", "SearchVector",
    "SearchWord", "Searched", "Severity", "Stance", "StatusBasis", "Topic", "Tracked", "User", "Whole", "Wording",
]  # fmt: skip
