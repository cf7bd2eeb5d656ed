"""The code lists of the Department for Education as management information systems export them.

A school's own systems write a code, the code with its description, or the description alone, and
for ethnicity often one of the extended codes, each of which stands for one main code.
"""

from safeguard.csv_cells import key

MAIN_ETHNICITIES = {
    "WBRI": ("White British", "White - British", "British"),
    "WIRI": ("White Irish", "White - Irish", "Irish"),
    "WIRT": ("Traveller of Irish heritage", "Traveller - Irish heritage", "Irish Traveller"),
    "WROM": ("Gypsy/Roma", "Gypsy / Roma", "Gypsy or Roma", "Roma", "Gypsy"),
    "WOTH": ("Any other White background", "White - any other White background", "White other"),
    "MWBC": ("White and Black Caribbean", "Mixed - White and Black Caribbean"),
    "MWBA": ("White and Black African", "Mixed - White and Black African"),
    "MWAS": ("White and Asian", "Mixed - White and Asian"),
    "MOTH": (
        "Any other mixed background",
        "Any other mixed or multiple ethnic background",
        "Mixed - any other mixed background",
        "Mixed other",
    ),
    "AIND": ("Indian", "Asian - Indian", "Asian or Asian British - Indian"),
    "APKN": ("Pakistani", "Asian - Pakistani", "Asian or Asian British - Pakistani"),
    "ABAN": ("Bangladeshi", "Asian - Bangladeshi", "Asian or Asian British - Bangladeshi"),
    "AOTH": (
        "Any other Asian background",
        "Asian - any other Asian background",
        "Asian or Asian British - any other Asian background",
    ),
    "BCRB": ("Black Caribbean", "Black - Caribbean", "Black or Black British - Caribbean"),
    "BAFR": ("Black African", "Black - African", "Black or Black British - African"),
    "BOTH": (
        "Any other Black background",
        "Any other Black, African or Caribbean background",
        "Black - any other Black background",
        "Black or Black British - any other Black background",
    ),
    "CHNE": ("Chinese", "Asian - Chinese"),
    "OOTH": ("Any other ethnic group", "Other ethnic group"),
    "REFU": ("Refused", "Prefer not to say", "Did not wish to be recorded"),
    "NOBT": (
        "Information not yet obtained",
        "Not yet obtained",
        "Information not obtained",
        "Not obtained",
    ),
}

# Extended codes, by the main code they stand for.
EXTENDED_ETHNICITIES = {
    "WBRI": "WCOR WENG WSCO WWEL WNIR WOWB",
    "WOTH": "WALB WBOS WCRO WGRE WGRK WGRC WITA WKOS WPOR WSER WTUR WTUK WTUC WEUR WEEU WWEU WOTW",
    "WROM": "WROG WROR WROO",
    "MWAS": "MWAP MWAI MWAO",
    "MOTH": "MAOE MABL MACH MBOE MBCH MCOE MWOE MWCH MOTM",
    "APKN": "AMPK AKPA AOPK",
    "AOTH": "AAFR AKAO ANEP ASNL ASLT ASRO AOTA",
    "BAFR": "BANN BCON BGHA BNGN BSLN BSOM BSUD BAOF",
    "BOTH": "BEUR BNAM BOTB",
    "CHNE": "CHKC CMAL CSNG CTWN COCH",
    "OOTH": (
        "ARAB OAFG OARA OEGY OFIL OIRN OIRQ OJPN OKOR OKRD OLAM OLEB OLIB OMAL OMRC OPOL OTHA OVIE"
        " OYEM OOEG"
    ),
}

SEN_PROVISIONS = {
    "N": ("No SEN", "None", "No special educational need", "No special educational needs"),
    "K": ("SEN support", "SEN school support", "School support"),
    "E": (
        "EHCP",
        "EHC plan",
        "Education, health and care plan",
        "Education health and care plan (EHCP)",
    ),
}

# The commonest codes only: a code that is not here is kept as it was exported.
LANGUAGES = {
    "ARA": "Arabic",
    "BNG": "Bengali",
    "CHI": "Chinese",
    "CYM": "Welsh",
    "ENB": "Believed to be English",
    "ENG": "English",
    "FRN": "French",
    "GUJ": "Gujarati",
    "LIT": "Lithuanian",
    "OTB": "Believed to be other than English",
    "PNJ": "Panjabi",
    "POL": "Polish",
    "POR": "Portuguese",
    "RMN": "Romanian",
    "SOM": "Somali",
    "SPA": "Spanish",
    "TAM": "Tamil",
    "TUR": "Turkish",
    "URD": "Urdu",
}


def by_key(meanings: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """Turn a code list round: from each code and each description to the code."""
    codes = {key(code): code for code in meanings}
    for code, descriptions in meanings.items():
        codes.update({key(description): code for description in descriptions})
    return codes


ETHNICITY_CODES = by_key(MAIN_ETHNICITIES) | {
    key(extended): main
    for main, codes in EXTENDED_ETHNICITIES.items()
    for extended in codes.split()
}
SEN_CODES = by_key(SEN_PROVISIONS)
