"""The words invented firms, people and places are made of."""

from typing import Final

STEMS: Final = (
    "Alder", "Amber", "Anchor", "Apex", "Arbor", "Arroyo", "Aspen", "Atlas", "Aurora", "Axiom", "Basalt", "Beacon",
    "Bedrock", "Birch", "Blue Heron", "Bluestem", "Boreal", "Bright Harbor", "Brightwater", "Broadleaf", "Cascade",
    "Cedar Hill", "Chinook", "Cirrus", "Cobalt", "Compass", "Copper Creek", "Coral", "Córdova", "Cottonwood",
    "Crestline", "Cypress", "Delta", "Driftwood", "Eagle Point", "East River", "Ember", "Equinox", "Evergreen",
    "Fairmont", "Falcon Ridge", "Fathom", "Fern Hollow", "Fieldstone", "Firefly", "Foothill", "Fulcrum", "Garnet",
    "Glacier", "Granite", "Gray Wolf", "Greenbriar", "Gulfstream", "Halcyon", "Harbor", "Hawthorne", "Hazel",
    "Helios", "Hemlock", "Heron", "High Plains", "Horizon", "Indigo", "Ironwood", "Ivory Coast", "Jade", "Juniper",
    "Keystone", "Kestrel", "Kingfisher", "Lakeshore", "Larkspur", "Laurel", "Lighthouse", "Linden", "Lodestar",
    "Longview", "Magnolia", "Maple Grove", "Meadowlark", "Meridian", "Mesa", "Midland", "Millstone", "Mirador",
    "Monarch", "Moraine", "Mosaic", "Müller", "New Harbor", "North Fork", "Northwind", "Oakmont", "Obsidian",
    "Ocotillo", "Old Mill", "Onyx", "Orchard", "Orion", "Osprey", "Pacific Crest", "Palisade", "Paragon",
    "Peregrine", "Pinnacle",
    "Piñon", "Pioneer", "Polaris", "Prairie", "Quarry", "Quill", "Radius", "Rainier", "Red Canyon", "Redwood",
    "Ridgeline", "River Bend", "Rosewood", "Saguaro", "Salt Marsh", "Sandpiper", "Sapphire", "Sequoia", "Sierra Verde",
    "Silver Ridge", "Slate", "Solstice", "South Bay", "Sparrow", "Spruce", "Stillwater", "Stone Bridge", "Summit",
    "Sycamore", "Talon", "Tamarack", "Terra", "Thistle", "Timberline", "Torrent", "Trailhead", "Trillium", "Tundra",
    "Umber", "Upland", "Valley Forge", "Vanguard", "Vesper", "Vista", "Walnut Grove", "West Fork", "White Pine",
    "Wildcat", "Willow", "Windward", "Wolf Creek", "Yarrow", "Zenith", "Zephyr",
)  # fmt: skip

SYLLABLES_FIRST: Final = (
    "Ac", "Ad", "Al", "An", "Ar", "As", "Ba", "Be", "Bio", "Ca", "Ce", "Co", "Cy", "Da", "De", "Di", "El", "En", "Ex",
    "Fa", "Fi", "Ga", "Ge", "Hy", "In", "Ki", "La", "Li", "Lu", "Ma", "Me", "Mi", "Na", "Neo", "No", "Om", "Op", "Pa",
    "Pho", "Pro", "Qua", "Ra", "Re", "Ro", "Sa", "Se", "Sol", "Sy", "Ta", "Te", "Tri", "Ul", "Va", "Ve", "Vi", "Xe",
)  # fmt: skip
SYLLABLES_MIDDLE: Final = (
    "ba", "bri", "cal", "cen", "co", "da", "del", "do", "fi", "ga", "ge", "la", "len", "li", "lo", "lu", "ma", "men",
    "mi", "na", "ne", "ni", "no", "pa", "phi", "qui", "ra", "ri", "ro", "sa", "si", "so", "ta", "te", "ti", "va", "vi",
)  # fmt: skip
SYLLABLES_LAST: Final = (
    "bex", "cor", "dex", "dyne", "ex", "gen", "ia", "ics", "ion", "is", "ix", "lon", "lux", "lytics", "mer", "mix",
    "nar", "nex", "nova", "on", "ora", "rix", "scan", "sense", "tec", "tek", "tex", "tra", "tron", "va", "vex", "x",
)  # fmt: skip

SURNAMES: Final = (
    "Abbott", "Adler", "Aguilar", "Ahmed", "Albright", "Andrade", "Archer", "Baptiste", "Barlow", "Becker", "Bhatt",
    "Bishop", "Blackwell", "Bondarenko", "Brandt", "Calloway", "Cardenas", "Castellano", "Chaudhry", "Chen", "Colby",
    "Conway", "Cortez", "Crawford", "Dalton", "Das", "Delacroix", "Deshmukh", "Donovan", "Drake", "Eastman", "Eklund",
    "Ellison", "Esposito", "Farrell", "Fischer", "Fitzgerald", "Fontaine", "Gallagher", "Garza", "Gopal", "Greer",
    "Gupta", "Haddad", "Halloran", "Hartmann", "Hayashi", "Hoffman", "Holloway", "Huang", "Ibarra", "Ingram", "Iyer",
    "Jansen", "Jefferson", "Kapoor", "Karlsson", "Keating", "Kim", "Kovacs", "Kowalski", "Kumar", "Lambert", "Larsen",
    "Leblanc", "Li", "Lindqvist", "Lopez", "Mackenzie", "Maddox", "Malik", "Marchetti", "Mbeki", "McAllister", "Mehta",
    "Mendoza", "Moreau", "Morgan", "Nakamura", "Nguyen", "Novak", "O'Brien", "O'Rourke", "Okafor", "Olsen", "Ortiz",
    "Osborne", "Pappas", "Park", "Patel", "Pereira", "Petrov", "Quinn", "Rao", "Reyes", "Richter", "Rosario", "Rossi",
    "Salazar", "Sandoval", "Schmidt", "Serrano", "Shah", "Sharma", "Sinclair", "Solomon", "Stavros", "Sullivan",
    "Tanaka", "Thornton", "Tran", "Underwood", "Vance", "Vasquez", "Volkov", "Wagner", "Walsh", "Wang", "Weber",
    "Whitfield", "Wu", "Yamada", "Yilmaz", "Zhang", "Zhou", "Zimmer",
)  # fmt: skip
GIVEN_NAMES: Final = (
    "Aaron", "Adriana", "Alan", "Amara", "Andre", "Anita", "Anton", "Beatriz", "Benjamin", "Bridget", "Carlos",
    "Carmen", "Cecilia", "Claire", "Daniel", "Deepa", "Diana", "Dmitri", "Edward", "Elena", "Emeka", "Eric", "Fatima",
    "Felix", "Frances", "George", "Grace", "Gustavo", "Hannah", "Harold", "Helen", "Hiro", "Ian", "Irene", "Isaac",
    "James", "Janet", "Jin", "Joanna", "Joseph", "Karen", "Kenji", "Laura", "Leonard", "Lin", "Lucia", "Marcus",
    "Margaret", "Martin", "Mei", "Michael", "Monica", "Nadia", "Nathan", "Nina", "Oliver", "Olga", "Patrick", "Paula",
    "Peter", "Priya", "Rachel", "Rafael", "Rajesh", "Rebecca", "Robert", "Rosa", "Samuel", "Sandra", "Sanjay", "Sarah",
    "Simon", "Sofia", "Stephen", "Susan", "Tariq", "Theresa", "Thomas", "Uma", "Victor", "Vivian", "Walter", "Wei",
    "William", "Xin", "Yusuf", "Yvonne", "Zoe",
)  # fmt: skip
JOB_TITLES: Final = (
    "President", "CEO", "Vice President", "Chief Scientist", "Principal Scientist", "Senior Engineer",
    "Contracts Manager", "Director of Research", "Principal Investigator", "Chief Technology Officer",
    "Business Official",
    "Staff Scientist",
)  # fmt: skip

DESIGNATORS: Final = (
    (", Inc.", 34), (", LLC", 17), (" Inc", 9), (" Corporation", 8), (" INC", 4), (" LLC", 8), (", Inc", 5),
    (" Corp.", 4), (", Incorporated", 2), (" Co.", 1), (", L.L.C.", 1), (" Ltd.", 1), (", LP", 1), ("", 5),
)  # fmt: skip

# Street, city, ZIP prefix (three digits) by state, with the state's weight among awards.
STATES: Final = (
    ("CA", 220, (("San Diego", "921"), ("Los Angeles", "900"), ("Irvine", "926"), ("Sunnyvale", "940"),
                 ("Torrance", "905"))),
    ("MA", 108, (("Woburn", "018"), ("Cambridge", "021"), ("Andover", "018"), ("Waltham", "024"),
                 ("Worcester", "016"))),
    ("VA", 78, (("Arlington", "222"), ("Reston", "201"), ("Blacksburg", "240"), ("Manassas", "201"))),
    ("MD", 58, (("Rockville", "208"), ("Columbia", "210"), ("Gaithersburg", "208"), ("Baltimore", "212"))),
    ("TX", 52, (("Austin", "787"), ("Houston", "770"), ("College Station", "778"), ("San Antonio", "782"))),
    ("OH", 44, (("Dayton", "454"), ("Columbus", "432"), ("Cleveland", "441"))),
    ("CO", 44, (("Boulder", "803"), ("Golden", "804"), ("Fort Collins", "805"), ("Littleton", "801"))),
    ("PA", 40, (("Pittsburgh", "152"), ("Philadelphia", "191"), ("State College", "168"))),
    ("NY", 40, (("Rochester", "146"), ("New York", "100"), ("Ithaca", "148"), ("Albany", "122"))),
    ("FL", 32, (("Orlando", "328"), ("Gainesville", "326"), ("Melbourne", "329"))),
    ("AL", 30, (("Huntsville", "358"), ("Birmingham", "352"))),
    ("NJ", 28, (("Princeton", "085"), ("Fort Lee", "070"), ("Cherry Hill", "080"))),
    ("AZ", 26, (("Tucson", "857"), ("Tempe", "852"), ("Phoenix", "850"))),
    ("WA", 24, (("Seattle", "981"), ("Bellevue", "980"), ("Richland", "993"))),
    ("MI", 24, (("Ann Arbor", "481"), ("Detroit", "482"), ("Houghton", "499"))),
    ("NC", 22, (("Durham", "277"), ("Raleigh", "276"), ("Charlotte", "282"))),
    ("CT", 18, (("New Haven", "065"), ("Hartford", "061"), ("Danbury", "068"))),
    ("IL", 18, (("Chicago", "606"), ("Champaign", "618"))),
    ("NM", 17, (("Albuquerque", "871"), ("Santa Fe", "875"))),
    ("MN", 15, (("Minneapolis", "554"), ("Rochester", "559"))),
    ("GA", 14, (("Atlanta", "303"), ("Athens", "306"))),
    ("NH", 13, (("Hanover", "037"), ("Nashua", "030"))),
    ("UT", 12, (("Salt Lake City", "841"), ("Logan", "843"))),
    ("OR", 11, (("Corvallis", "973"), ("Portland", "972"))),
    ("WI", 10, (("Madison", "537"), ("Milwaukee", "532"))),
    ("IN", 9, (("West Lafayette", "479"), ("Indianapolis", "462"))),
    ("TN", 8, (("Knoxville", "379"), ("Oak Ridge", "378"))),
    ("MO", 7, (("Columbia", "652"), ("Rolla", "654"))),
    ("NV", 5, (("Reno", "895"),)), ("HI", 6, (("Honolulu", "968"),)), ("DE", 5, (("Newark", "197"),)),
    ("KY", 5, (("Lexington", "405"),)), ("DC", 5, (("Washington", "200"),)), ("RI", 4, (("Providence", "029"),)),
    ("SC", 4, (("Greenville", "296"),)), ("MT", 5, (("Bozeman", "597"),)), ("OK", 4, (("Norman", "730"),)),
    ("LA", 4, (("Baton Rouge", "708"),)), ("IA", 4, (("Ames", "500"),)), ("KS", 3, (("Lawrence", "660"),)),
    ("ME", 3, (("Orono", "044"),)), ("VT", 3, (("Burlington", "054"),)), ("WY", 2, (("Laramie", "820"),)),
    ("NE", 2, (("Lincoln", "685"),)), ("AR", 3, (("Fayetteville", "727"),)), ("ID", 2, (("Boise", "837"),)),
    ("WV", 2, (("Morgantown", "265"),)), ("ND", 1, (("Fargo", "581"),)), ("SD", 1, (("Rapid City", "577"),)),
    ("MS", 2, (("Starkville", "397"),)), ("AK", 1, (("Fairbanks", "997"),)), ("PR", 1, (("Mayagüez", "006"),)),
)  # fmt: skip
STREETS: Final = (
    "Acorn Way", "Airport Road", "Bayview Drive", "Canal Street", "Cedar Lane", "Commerce Park Drive", "Elm Street",
    "Enterprise Way", "Fairview Avenue", "Foundry Street", "Hilltop Road", "Innovation Drive", "Kendrick Street",
    "Lakeside Boulevard", "Laurel Canyon Road", "Main Street", "Market Street", "Mill Pond Road", "Oak Avenue",
    "Old County Road", "Orchard Street", "Park Avenue", "Pine Street", "Quarry Road", "Research Boulevard",
    "River Road", "Science Drive", "Sunset Boulevard", "Technology Drive", "Valley View Road", "Wheeler Road",
)  # fmt: skip
UNIVERSITIES: Final = (
    "Alder State University", "Bay Coast Institute of Technology", "Blue Ridge University", "Cascadia University",
    "Clearwater College of Engineering", "Delta Plains University", "Great Basin Polytechnic Institute",
    "Harbor City University", "High Desert Research Institute", "Lakes Region Medical School", "Midlands University",
    "North Prairie University", "Ohio Valley Institute of Science", "Pacific Northern University",
    "Piedmont Medical College", "Red River State University", "Riverbend National Laboratory", "Sandhills University",
    "Southern Tier University", "Tidewater Institute of Technology", "University of the Foothills",
    "University of the Keys", "Western Reserve Polytechnic", "Wolverine Lake University",
)  # fmt: skip
