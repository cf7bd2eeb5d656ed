"""The lists that the writing help begins with. A school adds to them and takes from them.

Lower case, one blank for any white space. A phrase is found as whole words, outside quotations.
"""


def _phrases(text: str) -> frozenset[str]:
    return frozenset(filter(None, (part.strip() for part in text.replace("\n", "|").split("|"))))


LABELS = _phrases("""
attention seeking | attention-seeking | seeking attention | wanted attention | attitude | bad behaviour
badly behaved | poor behaviour | behaved badly | misbehaved | misbehaving | naughty | silly | rude | cheeky | lazy
aggressive | aggressively | nasty | vile | horrible | spiteful | manipulative | manipulating | devious | sly | sneaky
a liar | lies all the time | makes things up | challenging | disruptive | defiant | stroppy | moody | sulky | sulking
mardy | dramatic | drama queen | overreacting | over-reacting | over the top | kicked off | kicking off | kicks off
lost it | went mental | acting out | acting up | playing up | playing the victim | out of control | hard to handle
hard work | promiscuous | flirty | provocative | asking for it | streetwise | troublemaker | trouble maker
troubled | weird | odd | not normal | needy | clingy | crybaby | a bully | typical | dysfunctional
problem family | chaotic | hostile | not engaging | refused to engage | hard to reach | unkempt | scruffy
""")

OPINIONS = _phrases("""
i think | i feel | i felt | i believe | i suspect | i assume | i guess | i reckon | i am sure | i'm sure
in my opinion | in my view | it seems | it seemed | seems to be | seemed to be | it looks like | it looked like
obviously | probably | presumably | apparently | definitely | no doubt | undoubtedly | must have been
might have been | could have been | as usual | for no reason | on purpose | deliberately | pretended | pretending
faking | just wanted
""")

TIMES = _phrases("""
recently | lately | the other day | the other week | a while ago | a while back | some time ago | sometime
a few days ago | a few weeks ago | a couple of days ago | a couple of weeks ago | the past few weeks | last week
last month | last term | earlier this week | earlier this term | sometimes | often | usually | regularly
frequently | constantly | all the time | always | never | every so often | now and again | from time to time
for ages | for a while | for some time | on several occasions | on many occasions | on numerous occasions
many times | a lot of times | once or twice | keeps | at some point
""")

PLACES = _phrases("""
somewhere | around school | around the school | round school | in the area | in the building | out and about
outside of school | off site | over there | round the back | near school | in town | at someone's house
at somebody's house | at a friend's | at a friend's house
""")

# Capital letters that are no child's initials.
ABBREVIATIONS = frozenset(
    [
        "abc",
        "adhd",
        "asb",
        "asd",
        "bbc",
        "bsl",
        "caf",
        "cce",
        "cctv",
        "ccm",
        "ceo",
        "ceop",
        "cin",
        "cla",
        "cme",
        "cp",
        "cpo",
        "cse",
        "cv",
        "dbs",
        "dfe",
        "dj",
        "dob",
        "dpa",
        "dr",
        "dsl",
        "dsp",
        "dt",
        "dv",
        "dvd",
        "eal",
        "ect",
        "eha",
        "ehcp",
        "ep",
        "eu",
        "ewo",
        "eyfs",
        "fa",
        "fc",
        "fgm",
        "fsm",
        "fts",
        "gcse",
        "gdpr",
        "gp",
        "hlta",
        "hmp",
        "hr",
        "ht",
        "icpc",
        "ict",
        "id",
        "iro",
        "it",
        "itt",
        "ks",
        "la",
        "lac",
        "lado",
        "led",
        "lgbt",
        "lol",
        "lsa",
        "mash",
        "mfl",
        "mis",
        "mp",
        "ms",
        "nb",
        "nhs",
        "nqt",
        "oap",
        "ok",
        "omg",
        "pa",
        "pc",
        "pdf",
        "pe",
        "pep",
        "pm",
        "pmld",
        "pp",
        "ppa",
        "pr",
        "ps",
        "pta",
        "rcpc",
        "re",
        "rse",
        "sats",
        "sbm",
        "sdq",
        "sen",
        "send",
        "sgo",
        "slt",
        "sms",
        "spag",
        "ssp",
        "sw",
        "ta",
        "tac",
        "taf",
        "tic",
        "tv",
        "uk",
        "us",
        "usa",
        "usb",
        "vr",
        "wc",
        "yot",
        "yp",
        "am",
        "ii",
        "iii",
        "iv",
        "vi",
        "vii",
        "viii",
        "ix",
        "xi",
        "xii",
        "an",
        "and",
        "all",
        "any",
        "are",
        "as",
        "at",
        "be",
        "but",
        "by",
        "can",
        "did",
        "do",
        "for",
        "go",
        "got",
        "had",
        "has",
        "he",
        "her",
        "him",
        "his",
        "how",
        "i",
        "if",
        "in",
        "is",
        "its",
        "let",
        "me",
        "my",
        "no",
        "nor",
        "not",
        "now",
        "of",
        "off",
        "on",
        "one",
        "or",
        "our",
        "out",
        "own",
        "put",
        "ran",
        "run",
        "sat",
        "saw",
        "say",
        "see",
        "she",
        "so",
        "the",
        "to",
        "too",
        "two",
        "up",
        "was",
        "way",
        "we",
        "who",
        "why",
        "yes",
        "yet",
        "you",
    ]
)
