"""Titles and abstracts: sentences about an invented project, out of a field's own terms."""

from dataclasses import dataclass
from typing import Final

from sbir_etl.awards.sample.draws import Draws


@dataclass(frozen=True, slots=True)
class Field:
    """What projects of one field are about; `industry` names firms, `things` are built, `uses` are what for."""

    industry: tuple[str, ...]
    things: tuple[str, ...]
    uses: tuple[str, ...]


FIELDS: Final = (
    Field(
        ("Photonics", "Optics", "Laser", "Lightwave", "Imaging"),
        ("compact fiber laser", "hyperspectral imager", "adaptive optics module", "quantum cascade laser source",
         "infrared focal plane array", "photonic integrated circuit", "freeform lens assembly", "lidar receiver",
         "optical coating process", "free-space optical terminal"),
        ("standoff chemical detection", "missile tracking", "airborne terrain mapping", "secure communication at sea",
         "non-destructive inspection", "retinal screening", "satellite crosslinks", "daytime star tracking"),
    ),
    Field(
        ("Materials", "Composites", "Ceramics", "Alloys", "Coatings"),
        ("silicon carbide composite", "self-healing polymer coating", "additively manufactured lattice",
         "high-entropy alloy", "carbon nanotube yarn", "thermal barrier coating", "low-cost prepreg process",
         "ultra-high temperature ceramic", "corrosion-resistant primer", "aerogel insulation blanket"),
        ("hypersonic leading edges", "turbine engine hot sections", "lightweight body armor", "cryogenic storage tanks",
         "ship hull repair", "rotorcraft blades", "nuclear fuel cladding", "spacecraft radiators"),
    ),
    Field(
        ("Therapeutics", "Biosciences", "Biologics", "Pharma", "Medicines"),
        ("monoclonal antibody", "small molecule inhibitor", "oral vaccine candidate", "gene therapy vector",
         "peptide conjugate", "long-acting injectable formulation", "antisense oligonucleotide", "engineered probiotic",
         "topical antimicrobial gel", "stem cell product"),
        ("treatment-resistant depression", "pediatric asthma", "diabetic wound healing", "metastatic breast cancer",
         "Alzheimer's disease", "opioid use disorder", "drug-resistant tuberculosis", "chronic kidney disease"),
    ),
    Field(
        ("Diagnostics", "Biomedical", "Medical Devices", "Health", "Biosensors"),
        ("point-of-care assay", "wearable biosensor", "microfluidic cartridge", "low-field MRI coil",
         "ultrasound guidance tool", "implantable stimulator", "breath analyzer", "sample preparation device",
         "remote monitoring platform", "surgical robot end effector"),
        ("early sepsis detection", "neonatal screening", "home dialysis", "stroke rehabilitation",
         "cervical cancer triage", "battlefield trauma care", "glucose management", "hearing restoration"),
    ),
    Field(
        ("Software", "Analytics", "Intelligence", "Cyber", "Informatics"),
        ("machine learning pipeline", "natural language interface", "graph analytics engine", "anomaly detector",
         "decision support tool", "intrusion detection service", "formal verification toolchain",
         "digital twin framework", "data fusion architecture", "federated learning service"),
        ("predictive maintenance of aircraft", "supply chain risk", "mission planning", "insider threat discovery",
         "clinical trial recruitment", "intelligence analysis", "maritime domain awareness", "software assurance"),
    ),
    Field(
        ("Robotics", "Autonomy", "Controls", "Mechatronics", "Unmanned Systems"),
        ("unmanned underwater vehicle", "swarm control algorithm", "legged inspection robot", "tethered aerostat",
         "vision-based navigation system", "soft gripper", "autonomous landing aid", "exoskeleton actuator",
         "path planning library", "teleoperation console"),
        ("mine countermeasures", "warehouse logistics", "orchard harvesting", "space station servicing",
         "casualty evacuation", "bridge inspection", "GPS-denied flight", "tank cleaning"),
    ),
    Field(
        ("Energy", "Power", "Fuel Cells", "Solar", "Electrochemistry"),
        ("solid-state battery", "high-temperature electrolyzer", "perovskite module", "redox flow stack",
         "thermoelectric generator", "microturbine recuperator", "wide-bandgap inverter", "biomass gasifier",
         "hydrogen compressor", "supercapacitor electrode"),
        ("grid storage", "soldier power", "deep space probes", "electric aircraft", "waste heat recovery",
         "remote telecommunications", "carbon dioxide reduction", "offshore wind farms"),
    ),
    Field(
        ("Microwave", "Semiconductor", "Electronics", "Microsystems", "Radar"),
        ("gallium nitride amplifier", "phased array antenna", "radiation-hardened processor",
         "analog-to-digital converter", "MEMS inertial sensor", "superconducting filter",
         "millimeter-wave transceiver", "low-noise oscillator",
         "packaging process", "cognitive radio"),
        ("electronic warfare", "weather radar", "satellite payloads", "missile seekers", "5G base stations",
         "counter-drone defense", "precision timing", "particle accelerators"),
    ),
    Field(
        ("Environmental", "Water", "Agricultural", "Ecology", "Foods"),
        ("membrane filter", "soil moisture probe", "biochar process", "PFAS destruction reactor", "crop disease model",
         "algae cultivation system", "leak detection network", "livestock feed additive", "biopesticide",
         "oil spill sorbent"),
        ("rural drinking water", "precision irrigation", "aquaculture", "wildfire smoke forecasting", "poultry health",
         "mine drainage cleanup", "coastal restoration", "food safety inspection"),
    ),
    Field(
        ("Aerospace", "Propulsion", "Dynamics", "Flight Sciences", "Space Systems"),
        ("rotating detonation engine", "electric thruster", "deployable solar sail", "scramjet injector",
         "computational fluid dynamics solver", "cryogenic pump", "small satellite bus", "plasma actuator",
         "ablative heat shield", "vibration isolation mount"),
        ("responsive launch", "planetary entry", "supersonic transports", "long-range unmanned aircraft",
         "orbital debris removal", "lunar landers", "engine health monitoring", "noise reduction"),
    ),
    Field(
        ("Learning", "Education", "Training", "Simulation", "Human Factors"),
        ("adaptive tutoring system", "virtual reality trainer", "game-based assessment", "speech recognition aid",
         "cognitive workload monitor", "team performance metric", "scenario generator", "captioning service"),
        ("middle school mathematics", "maintenance training", "reading disabilities", "pilot selection",
         "medical simulation", "workforce development", "language learning", "veterans' employment"),
    ),
)  # fmt: skip

_METHODS: Final = (
    "Novel", "Low-Cost", "Advanced", "High-Performance", "Miniature", "Robust", "Scalable", "Rapid", "Lightweight",
    "Real-Time", "Intelligent", "Portable", "Modular", "Affordable", "Next-Generation", "Integrated", "Hybrid",
)  # fmt: skip
_QUALITIES: Final = (
    "reliable", "inexpensive", "rugged", "scalable", "accurate", "energy-efficient", "compact", "repeatable", "fast",
    "maintainable", "sensitive", "durable", "safe", "open", "well-understood", "manufacturable", "lightweight",
    "flexible", "robust", "user-friendly", "secure", "non-toxic", "high-throughput", "interoperable",
)  # fmt: skip
_AUDIENCES: Final = (
    "program offices", "clinicians", "utilities", "prime contractors", "first responders", "growers", "operators",
    "laboratories", "hospitals", "fleet managers", "researchers", "manufacturers", "analysts", "regulators",
    "small businesses", "depots", "test ranges", "school districts", "shipyards", "mission planners",
)  # fmt: skip

# Each stage's sentences in turn tell the project; thing, use, quality, audience, number are filled in.
_STAGES: Final = (
    (
        "The need for a %(quality)s %(thing)s in %(use)s has grown as %(audience)s face tighter budgets and schedules.",
        "Current approaches to %(use)s depend on tools that are neither %(quality)s nor affordable for %(audience)s.",
        "No %(quality)s solution for %(use)s is available, and %(audience)s lose up to %(number)d hours a year to it.",
        "More than %(number)d %(audience)s have asked for a %(quality)s %(thing)s since the need in %(use)s arose.",
        "Failures in %(use)s cost %(audience)s an estimated $%(number)d million annually, most of it avoidable.",
    ),
    (
        "We propose to develop a %(quality)s %(thing)s that addresses %(use)s without changes to existing workflows.",
        "The proposed %(thing)s combines \"%(quality)s\" components with a new design tailored to %(use)s.",
        "Our team's %(thing)s departs from earlier work in that it is %(quality)s, and can be built by %(audience)s.",
        "In this project, a %(thing)s will be designed, modeled and evaluated for %(use)s, together with %(audience)s.",
        "The company's approach uses a %(quality)s architecture; the %(thing)s is its central innovation.",
    ),
    (
        "During the first %(number)d weeks, requirements will be collected from %(audience)s, and a baseline set.",
        "Key tasks are: (1) modeling the %(thing)s, (2) fabricating prototypes, and (3) testing %(number)d samples.",
        "A %(quality)s breadboard will be built & tested against %(number)d cases drawn from %(use)s.",
        "Preliminary results show an improvement of %(number)d percent over the state of the art in %(use)s.",
        "The work plan's milestones include a %(quality)s demonstration before %(audience)s in month %(number)d.",
        "Trade studies will compare %(number)d candidate designs of the %(thing)s for cost, risk and performance.",
    ),
    (
        "Success will be measured by a %(quality)s response in at least %(number)d percent of the trials.",
        "The resulting %(thing)s is expected to reduce the cost of %(use)s by a factor of %(number)d.",
        "At the end of the effort, the %(thing)s will have reached a maturity at which %(audience)s can evaluate it.",
        "Data from %(number)d experiments will be analyzed, and the %(quality)s configuration selected for scale-up.",
        "A report will describe the %(quality)s design, its limits, and the plan for the next phase.",
    ),
    (
        "Commercial applications include %(use)s, where %(audience)s represent a market of $%(number)d million.",
        "Letters of support from %(number)d %(audience)s document the commercial potential of the %(thing)s.",
        "The technology will first be licensed to %(audience)s, then offered as a %(quality)s product.",
        "Beyond %(use)s, the %(thing)s benefits %(audience)s who need %(quality)s and proven tools.",
        "Public benefits follow from %(quality)s access to %(use)s for %(audience)s across the country.",
    ),
)  # fmt: skip

# Where in the project a sentence stands, by how far the abstract has got.
_LAST_STAGE: Final = len(_STAGES) - 1


def title(draws: Draws, field: Field) -> str:
    thing, use = _headline(draws.pick(field.things)), _headline(draws.pick(field.uses))
    method = draws.pick(_METHODS)
    match draws.below(5):
        case 0:
            return f"{method} {thing}"
        case 1:
            return f"{method} {thing} and {_headline(draws.pick(field.things))} for {use}"
        case 2:
            return f"{thing}: {method} Approaches to {use}"
        case _:
            return f"{method} {thing} for {use}"


def _headline(words: str) -> str:
    return " ".join(word[:1].upper() + word[1:] for word in words.split(" "))


def abstract(draws: Draws, field: Field, sentences: int, separator: str) -> str:
    """So many sentences; `separator` stands between them."""
    pick, below = draws.pick, draws.below
    text = []
    for position in range(sentences):
        stage = _STAGES[position * _LAST_STAGE // max(1, sentences - 1)]
        text.append(
            pick(stage)
            % {
                "thing": pick(field.things),
                "use": pick(field.uses),
                "quality": pick(_QUALITIES),
                "audience": pick(_AUDIENCES),
                "number": below(97) + 3,
            }
        )
    return separator.join(text)
