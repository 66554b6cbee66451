"""Phrases by which the reply guard knows that a reply tells of one person's care.

A blank stands for whatever parts two words of a sentence, ``_2 `` for up to two words of any kind, ``…`` for the words
up to a comma, ``{NAME}`` for a list.
Texts are read in small letters of ASCII, with what is harmless struck out before (``HARMLESS``).
"""

import re
from typing import Any

import re2

# What a sentence may hold between two words; ``#`` is struck out, a stop ends the sentence.
_BETWEEN = r"(?:[^a-z0-9.!?;#$]+)"
_ANY_WORD = r"[a-z0-9'$%]+"
# On to the next comma, and no further than twelve words, so that little can be hidden there.
_ON = r"(?:[^a-z0-9.!?;,#$]+[a-z0-9'$%]+){0,12}"


def _listed(text: str) -> str:
    return "(?:" + "|".join(text.split()) + ")"


LISTS = {
    # Body, treatments and what goes with them.
    "BODY": _listed("""
        skin nose lips? face cheeks? chin jaw(?:line)? forehead brows? eyebrows? eyes? eyelids? lids? neck chest
        breasts? arms? hands? wrists? fingers? thumbs? shoulders? elbows? hips? knees? legs? ankles? foot feet
        toes? toenails? back spine belly stomach tummy abdomen thighs? bottom buttocks? hair scalp beard teeth
        tooth molars? gums? bite smile mouth tongue ears? throat sinus(?:es)? heart lungs? veins? vision eyesight
        hearing moles? scars? wrinkles? lines wounds? stitches sutures? incisions? pores navel nipples? septum
        tonsils? hormones? blood bmi sugar temperature pulse thyroid bladder prostate uterus ovar(?:y|ies) cervix
        womb baby babies gallbladder hernia tissue muscles? nerves? bones? joints? ligaments? tendons?
    """),
    "TREATMENT": _listed("""
        treatments? procedures? surger(?:y|ies) operations? fillers? botox dysport xeomin juvederm restylane
        sculptra kybella toxin neurotoxin injections? injectables? hyaluronidase laser peels? facials? facelift
        lifts? lipo liposuction augmentations? rhinoplast(?:y|ies) blepharoplast(?:y|ies) mastopexy abdominoplasty
        otoplasty septoplasty microneedling hydrafacial coolsculpting ultherapy revisions? implants? crowns?
        fillings? veneers? bridge denture dentures extractions? aligners? invisalign braces retainer cleaning
        whitening canal biops(?:y|ies) excision transplants? grafts? cataracts? lasik lens lenses mri x-?rays?
        scans? ultrasound bloodwork labs? biopsies colonoscopy endoscopy mammogram smear iud epidural vaccin\\w+
        shots? jabs? prescriptions? medications? medicines? meds antibiotics? steroids? cream ointment tretinoin
        accutane isotretinoin dose dosage refills? anaesthe\\w+ anesthe\\w+ sedation numbing drains? bandages?
        dressings? casts? splint physio physiotherapy threads? syringes? tummy rejuvenation resurfacing
        sclerotherapy electrolysis bbl prp mohs cryotherapy inlay night-?guard referral diagnosis diagnoses
        prognosis therapy chemotherapy radiation screening checkup check-up touch-?ups? follow-?ups? aftercare
        post-?op pre-?op recovery healing swelling bruis\\w+ numbness infections? reactions? allerg(?:y|ies)
        symptoms? complications? conditions? acne rosacea psoriasis eczema melasma rash cysts? lumps?
        cavit(?:y|ies) migraines? diabetes depression anxiety melanoma cancer tumou?rs? lesions? pain discomfort
        outcomes? results? asymmetry pregnancy miscarriage labou?r c-section delivery ivf embryos? surrogacy test
        tests? swabs?
    """),
    "VISIT": _listed("""
        visits? appointments? appts? consultations? consults? sessions? exams? examinations? evaluations?
        assessments? check-?ins? admission stay bookings? slot check-?outs? intake care
    """),
    "PAPER": _listed("""
        charts? files? records? notes photos? photographs? pictures? consents? consent-?forms? forms? paperwork
        questionnaires? histor(?:y|ies) signature waivers? case befores? labwork scans? images? plans? estimates?
        contracts? agreements? cancellations? no-?shows? arrival reschedul\\w+ request requests complaint
    """),
    "MONEY": _listed("""
        balances? invoices? bills? payments? deposits? refunds? insurance insurers? claims? co-?pays? deductibles?
        cards? accounts? financing fees? charges? credits? chargebacks? receipts? quotes? coverage instal\\w+
        money discounts? voucher packages? membership instalments?
    """),
    "KIN": _listed("""
        husband wife partner spouse boyfriend girlfriend fiancee? mother mom mum father dad son daughter sons
        daughters child children kids? baby brother sister mother-in-law family friend grandmother grandson
        granddaughter boss employer workplace job neighbou?r wedding birthday divorce ex
    """),
}
LISTS["CARE"] = f"(?:{LISTS['BODY']}|{LISTS['TREATMENT']}|{LISTS['VISIT']}|{LISTS['PAPER']}|{LISTS['MONEY']})"


def phrases(text: str, *, between: str = _BETWEEN) -> Any:
    """Compile phrases, one a line, for the linear engine; a line that begins with ``|`` goes on."""
    lines = re.sub(r"\n *\|", "|", text).splitlines()
    written = [_written(line.strip(), between) for line in lines if line.strip()]
    options = re2.Options()
    options.max_mem = 1 << 28
    options.log_errors = True
    return re2.compile(r"\b(?:" + "|".join(written) + r")\b", options)


def _written(phrase: str, between: str) -> str:
    for name, words in LISTS.items():
        phrase = phrase.replace(f"{{{name}}}", words)
    phrase = phrase.replace("…", _ON)
    phrase = re.sub(r"_(\d) ", lambda gap: f"(?:{_ANY_WORD}{between}){{0,{gap[1]}}}", phrase)
    return phrase.replace(" ", between)


LISTS["NEAR"] = (
    _listed("""
        first second third fourth last next latest recent previous prior earlier initial original final upcoming
        most very own new old full entire whole actual current early late annual yearly regular routine wisdom
        front upper lower left right both two three four five little natural clinical post pre under lip cheek eye
        nose tooth breast skin laser root patient treatment payment insurance credit private particular specific
        weekly monthly daily good poor bad severe mild minor major serious acute chronic emergency urgent same-day
        video phone telephone online free before after and other older different multiple several many great nice
        lovely gorgeous amazing happy chemical lengthy hour thirty sixty minute mother's father's son's daughter's
        husband's wife's child's family's dad's mum's mom's baby's
    """)[:-1]
    + r"|[a-z-]+(?:ing|ed|ful|ous|ive|al|ly|ish|able|ible|ent|ant|ic|less)|[0-9]+)"
)
LISTS["YOURS"] = r"(?:your|ur|yr|her|his|(?:the|this|that)_patient's|(?:this|the)_reviewer's)".replace("_", " ")
LISTS["WE"] = _listed("""
        we i we've i've we'd i'd they he she doctor dr team staff nurses? hygienists? surgeons? doctors?
        assistants? manager office clinic practice receptionists? coordinator colleagues? department who and then
""")
LISTS["DID"] = _listed("""
        treated saw examined told gave offered informed explained advised warned showed performed injected removed
        called phoned texted emailed billed charged quoted scheduled rescheduled squeezed prescribed recommended
        referred dissolved corrected waived credited reimbursed refunded mailed provided placed inserted fitted
        fixed repaired extracted operated sedated counsel?led evaluated assessed measured photographed discharged
        admitted booked rebooked reminded asked sent met helped greeted accommodated discussed reviewed diagnosed
        delivered walked talked spoke numbed cleaned helped invited injected used did took monitored caught found
        remember remembered recall cautioned consulted let made left kept comforted applied stopped noted
        documented recorded agreed decided
""")
# What somebody did who was there.
LISTS["CAME"] = _listed("""
        came visited saw met arrived attended walked received underwent signed paid booked scheduled cancelled
        canceled rescheduled missed refused declined consented agreed accepted chose elected opted selected
        insisted demanded requested called phoned emailed texted returned failed stopped disclosed reported
        complained experienced presented suffered developed healed recovered tolerated brought bought purchased
        spent owe owed waited sat stayed had underwent wore smoked followed ignored removed knew understood
        acknowledged initialed initialled confirmed approved verified threatened yelled shouted screamed filled
        completed provided gave sent filed disputed got needed required lost gained drank ate stormed drove
        travelled traveled flew started began finished skipped picked turned went reacted responded bruised bled
        fainted left showed told asked used took joined changed withheld forgot cried smiled laughed seemed
        appeared looked loved enjoyed liked sought trusted entrusted discussed approached stated claimed assured
        admitted spoke talked tried removed rubbed touched applied exercised flown felt found insulted swore
""")
LISTS["WAS"] = _listed("""
        seen treated told given offered advised informed shown scheduled booked charged billed quoted refunded
        examined prescribed referred injected here in late early under unable rude abusive aggressive asked called
        contacted reminded warned counsel?led evaluated assessed measured discharged admitted sedated numbed
        monitored happy pleased thrilled delighted satisfied able very so extremely not quoted our a an one my the
        having suffering taking due already allergic pregnant nervous anxious aware made provided fitted kept left
        greeted placed scanned discussed numb swollen in-house with at on still always really always never fully
        reimbursed credited invoiced dissatisfied receiving experiencing recovering healing supposed
""")
LISTS["MONTH"] = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|march|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
LISTS["DAY"] = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
LISTS["COUNT"] = _listed("""
        [0-9]+ a an one two three four five six seven eight nine ten eleven twelve few several couple many half
        dozen of
""")
LISTS["PERSON"] = _listed("""
        patient client reviewer person individual woman man lady gentleman gal guy girl boy customer author poster
        writer mother father parent child
""")


def _spelled(name: str) -> set[str]:
    """Return the plain words of a list, each in the singular and the plural where it says so."""
    found: set[str] = set()
    for written in re.findall(r"(?<![a-z])[a-z]+\??(?=[|)])", LISTS[name]):
        found |= {written[:-2], written[:-1]} if written.endswith("?") else {written}
    return found


# What the second layer takes words of a list for, and words that are looked for where letters stand apart.
LISTED = {
    word: name
    for name in ("CAME", "DID", "KIN", "MONEY", "PAPER", "VISIT", "BODY", "TREATMENT")
    for word in _spelled(name)
}
KNOWN = frozenset(LISTED) | {
    "you",
    "your",
    "yours",
    "was",
    "were",
    "here",
    "the",
    "not",
    "for",
    "and",
    "are",
    "patient",
    "with",
    "last",
    "we",
    "us",
}

# --- What is harmless, and struck out before anything is looked for ------------------------------------------

HARMLESS = phrases(r"""
    your( (?:own|kind|honest|candid|frank|detailed|thoughtful|public|time|and|open|generous|direct|most|recent
        |negative|positive|critical|very|such|5-star|five|four|one|star|online|written|valued|valuable|full|side|of
        |the|clear|long|short|lovely|warm|nice|sincere|considered|constructive)){0,3} (?:reviews?|feedback|comments?
        |words|thoughts?|views?|opinions?|input|perspective|remarks?|ratings?|posts?|posting|message|note|time
        |questions?|point|points|frustrations?|disappointment|privacy|convenience|understanding|suggestions?
        |criticism|praise|attention|honesty|candou?r|side|kindness|support|patience|trust|voice|frankness
        |compliments?|candidness|observations?|report|preference|number|name|details|contact|concerns?|worries|worry
        |experience|experiences|account of|recommendation)( about| with| regarding)?( (?:our|us|the))?( (?:practice
        |office|clinic|team|service|staff))?
    (?:could|can|would|will|may) you
    (?:people|those|anyone|everyone|patients|anybody|person|all) in our care
    (?:call|phone|ring|reach|contact|visit|write to|telephone) (?:us|me|our office|the office) (?:_2 )?(?:on|from
        |between|by|until) {DAY}s?
    about you (?:to|online|in public)
    you (?:took|have taken|found|made|spent|'ve taken) (?:the time|time|a moment|the trouble)
    you (?:wrote|write|have written|describe|described|raise|raised|mention|have raised|have described|posted|share
        |shared|have shared|have told us here|are reading|read)
    you (?:left|gave|have left|have given) (?:us )?(?:a|this|such|these|feedback|five|four|kind)( _2 (?:reviews?
        |rating|stars|words|comments?|feedback))?
    you (?:can|may|might|could|should|are welcome|are free|are always|are entitled|have the right|have a right
        |have every right|will find|will always|will reach|need not|would)
    (?:as|do|did|thank|thanks|assure|invite|encourage|urge|welcome|hear from|reach|answer|contact us so we can help
        |speak with|speak to|talk to|talk with|listen to|tell|grateful to|from|ask) you
    (?:are |am |is |was |were )?(?:truly |very |so |really |deeply |genuinely |sincerely )?(?:sorry|sad|saddened
        |regret|apologi[sz]e|disappointed|concerned|understand|hear|see|read|appreciate) (?:to (?:hear|read|learn|see
        |know) )?(?:that |if |for |why |how )?you (?:are|were|feel|felt|have been|had been|had|have|left|came away
        |do not feel|did not feel|didn't feel|don't feel)( (?:so|very|not|left|been|feeling|with|in any way|any|such
        |a|an|less than|at all|quite)){0,2} (?:disappointed|unhappy|dissatisfied|upset|frustrated|frustrating
        |this way|that way|let down|unheard|satisfied|happy|bad|poor|negative|disappointing|difficult|unpleasant
        |experience|the way you do|strongly|hurt|angry|ignored|concerns|cause|reason|frustration|heard|valued
        |respected|welcome|positive|good|pleasant|great|better)( experience)?
    (?:if|whether|unless|should|in case) (?:you|someone|somebody|anyone|anybody|a person|the reviewer|the writer
        |the author)('ve|'re|'d)? (?:are|would|wish|want|prefer|like|feel|felt|believe|think|need|ever|or|do|did
        |do not|don't|can|could|still|have|has|had (?:a|any|an|concerns|questions)|is|was|received|visited|came
        |wanted|wants?|wishes|feels|believes|suffer|notice|see)…
    (?:if|whether|unless|should) you've (?:_1 )?(?:had|been|got|received|ever|seen|visited|any)…
    when(?:ever)? you (?:are|want|wish|need|call|book|phone|ring|have|can|feel)…
    (?:copy|copies|copy of|access to|release|request|see|right to
        |ask for) (?:of )?your (?:own )?(?:medical |health |dental )?records?
    whether…
    (?:confirm|deny|say|comment|acknowledge|disclose|discuss|share|reveal|verify) (?:or|nor) (?:confirm|deny|disclose
        |discuss|acknowledge|comment|share)…
    (?:any|every|each|all|a|no|our|most|many|individual|former|current|potential|prospective|other|another|some|one
        |new) (?:patients?|person|persons|people|client|individual)('s)?
    (?:patients|people|anyone|anybody|everyone|everybody|nobody|those|someone|somebody|(?:a|any|every|each
        |no) (?:person|patient)) who…
    (?:patient|patients) (?:privacy|confidentiality|information|relations|care|experience|services|advocate
        |coordinator|liaison|representative|safety|satisfaction|rights|records|feedback|data|manager|support|identity
        |helpline|office|portal|charter)
    (?:at|due at) the time of service
    (?:to )?(?:the|whichever) (?:person|reader|one|ones|people) who (?:asked|wondered|asks|suggested|pointed)
    tone of (?:our|my|a|the|this)
    (?:may|can|could|must) (?:come|be sent|be brought) back within
    (?:keep|keeps|kept|hold|store) (?:medical |health |dental |all |our )*(?:records|notes|files) for
    (?:does|do|will|would) not bite
    (?:he's|she's|it's|is) called
    (?:send|sends|sending|pass|passes) (?:accounts|bills|debts|a bill|an account) to (?:a )?collections?
    (?:answered|reply|replied to|returned|call back|rung back|done|seen) (?:on )?(?:the |that )?same day
""")

# What tells of somebody though it stands in such words, and is looked for before.
TELLING = phrases(r"""
    your (?:{NEAR} )?(?:time|experience|stay|day|morning|afternoon) (?:with us|with dr|with our|here|at our|in our
        |under|as a patient|as our|on|last|that)
    (?:ask|asked|tell|told|had|let|make|made) you (?:_1 )?(?:to )?(?:leave|wait|return|pay|sign|go|know that day|come
        |stop|wear|use)
    if you had (?:_2 )?(?:followed|listened|told|worn|come|called|asked|kept|read|waited|taken|used|brought|returned
        |mentioned|shown|paid|given|let|stayed|attended|informed|signed|cancelled|arrived|answered|contacted
        |completed|finished|gone)
    when you (?:_1 )?(?:were|was|came|left|visited|called|arrived|saw|had|first|last|signed|booked|met|sat|walked
        |phoned|returned|asked|told|checked|agreed|received|started|chose|paid|cancelled|rang)
    (?:as|like) you (?:know|will recall|may recall|may remember|will remember|remember|recall|yourself|are aware
        |were told|were|requested|asked|agreed|wished|wanted|had|said|told|can see|will know)
    you (?:may|might|will|would|should|can|do|surely) (?:remember|recall|have been told|have been given|have seen
        |have had|have received|have signed|have noticed at)
    (?:saw|told|treated|examined|met|refunded|charged|billed|assured|invited|thanked|asked|gave|offered) you
    (?:as|which|that|like the one|what) you(?:'ve| have) had
    (?:some(?:one|body)|a person|people|the person|those) who (?:_1 )?(?:begged|demanded|insisted|refused|walked out
        |stormed|came to (?:us|me|our)|wanted an?|sat in|shouted|threatened)
    (?:thank|thanks)( you)?( so much| very much| again)? for (?:coming|travell?ing|sitting
        |driving|(?:letting|allowing) us (?:be|to be|to take|take|to look|look|help|care|treat|into))
    know (?:exactly|precisely|perfectly well|full well|very well|quite well) who (?:this|you|wrote|it|he|she)
    that you're (?:pregnant|expecting|healed|healing|better|recovered|suing|sober|engaged|married|walking|running)
""")

# --- What tells of this person ----------------------------------------------------------------------------------

PATIENT = phrases(r"""
    {YOURS} (?:(?:{NEAR}|{CARE}) ){0,3}(?:{VISIT}|{PAPER})
    (?:my|our|the) (?:_1 )?(?:diagnosis|prognosis) (?:was|is|stands|still|proved|of|then|for)
    (?:by|behind|to|on|about) (?:my|our) (?:_1 )?(?:diagnosis|prognosis|treatment plan|technique|findings)
    (?:as|like) (?:I|i|we|he|she|dr _1) (?:_1 )?(?:indicated|explained|warned|advised|predicted|told|said
        |wrote) (?:then|at|to
        |before|it|you|in)
    {YOURS} (?:{NEAR} ){0,2}(?:contacts|lenses|glasses|retainer|denture|dentures|hearing aids?|wheelchair|crutches
        |stitches|embryos?|baby|pregnancy|journey|recovery|progress|sobriety)
    {COUNT} (?:embryos|transfers)
    {YOURS} (?:{NEAR} ){0,2}(?:experience|time) (?:in the chair|as a patient|under|in surgery)
    {YOURS} (?:{NEAR} ){0,2}(?:surgeon|nurse|hygienist|provider|injector|therapist|clinician|practitioner|dentist
        |doctor)
    (?:caring|care|cared|cares) for you
    (?:taking|take|took) (?:good |great |excellent |best |very )?care of you
    (?:treat|treated|treating|heal|healed|operating on|operate on|helping|helped|serving|served|serve|seen|saw|seeing
        |meeting|met|having|had|knew|remember|recall|sent|told|gave|given|offered|offering|giving|telling|sending
        |informed|showed|explained to|advised|warned|examined|examining|injected|billed|charged|quoted|called|phoned
        |emailed|texted|scheduled|prescribed|recommended|referred|refunded|reimbursed|greeted|welcomed|discharged
        |admitted|sedated|evaluated|assessed|measured|counsel?led|accommodated|booked|reminded|spoke to|spoke with
        |spoken to|spoken with|talked to|talked with|walked|fit|squeezed|squeeze|see|kept|keeping|left|delivered
        |monitored|made|numbed) you
    (?:lovely|great|nice|good|wonderful|pleasure|pleased|happy|glad|privilege|honou?r|joy|delight|delighted
        |fun) to (?:meet|see|treat|know|care for|help|serve|work with|look after) you
    see you (?:again|back|next|soon|at|for|in|on|tomorrow|then|before)
    (?:look|looks|looking) forward to (?:seeing|treating|having|your|welcoming)
    welcom(?:e|ing) you (?:back|again)
    (?:thank|thanks)( you)?( so much| very much| again)? for (?:coming|choosing|trusting|visiting|being|seeing
        |entrusting|making the trip|letting us|allowing (?:me|us|dr|our)|your loyalty|your business|putting|placing
        |travell?ing)
    (?:you|you've|you'd|you have|youve|u) (?:_2 )?{CAME}
    (?:you|you've|you'd|you have|youve|u) (?:_1 )?(?:did|do|didn't|have|had|haven't|hadn't) (?:not |never )?(?:come
        |show|follow|tell|disclose|return|call|mention|attend|take|wear|keep|have|use|bring|give|ask|let|sign|pay
        |arrive|complete|want|notify|inform|respond|answer|wish|choose|agree|consent|accept|cancel|heed|listen|stop
        |avoid|get|go|make|need|seem|look|experience|see|been|done|started|had|seen)
    (?:you|you've|youve) (?:were|was|been|have been|are|weren't|aren't|are being|were being|had been
        |have always been) (?:_1 )?{WAS}
    you (?:never|again|repeatedly|subsequently|initially|originally|personally|then|later|simply|also|even|clearly
        |already|still) (?:{CAME}|owe|have|chose|told|did|were|had)
    (?:you're|you are|youre|you look|you're looking) (?:(?:so|very|really|now|still|such|doing|an?|our|one|fully
        |overdue|due|always|healing|recovering|scheduled|thrilled|happy|pleased|enjoying|loving|satisfied|looking
        |feeling|seeing|back|great|amazing|beautiful|gorgeous|on the mend))
    (?:glad|happy|pleased|delighted|thrilled|love|loved|wonderful|hope|hoping|great|good|nice|know|knowing|hear|sorry
        |regret)( to (?:hear|know|see|read))?( that| about)? (?:you|you're|you've|you are|you have|we) (?:love|loved
        |are|had|have|enjoy|enjoyed|like|liked|felt|feel|healing|heal|recovering|recover|feeling|doing|look|were
        |are feeling|could|came|chose|waited|experienced|happy|pleased)
    (?:our|the|my|medical|clinical|dental|practice|per|to|your) (?:{NEAR} )?(?:records?|notes?|charts?|files?|system
        |schedule|logs?|documentation|photos|photographs|diary|appointment book|cctv|paperwork
        |database) (?:clearly |also |do |does )?(?:shows?|showed|indicates?|reflects?|confirms?|confirm|says?|said
        |states?|documents?|suggests?|tells?|proves?|notes?|has|have)
    (?:according to|per|based on|as per|from|in|consult\w*|review\w*|check\w*|look\w* (?:at|through|into|over|up)
        |went through|read\w*|pull\w*|going through) (?:the|your|our|my|this|their|her
        |his) (?:{NEAR} )?(?:{NEAR} )?(?:charts?|files?|records?|notes|case|documentation|paperwork|consent
        |consent forms?|photos|chart notes)
    (?:have|find|found|had|has|see|hold|locate) no (?:record|records|trace|file|history|appointment) (?:of|for|under
        |in|with|matching)
    (?:can't|cannot|can not|couldn't|could not|unable to|not able to|don't|do not) (?:find|locate|see|have) (?:you
        |your|any record|a record|any patient|anyone|a chart|any chart|a patient)
    (?:never|not|isn't|wasn't|aren't|weren't|no longer|once|longtime|long-time|long-standing|loyal|valued|dear
        |wonderful|great|favou?rite|returning|existing|a new|established|such an?|difficult|is|was|were|are
        |been) (?:{NEAR} )?(?:a |our |my |an? actual )?patients? (?:here|of|at|in|since|for|with|who|like|and|whose
        |we|i)
    patients? of (?:ours|mine|this practice|our practice|this office|dr|doctor|my|this clinic|our clinic|our office)
    (?:as|being|been|is|was|are|were|become|became|remain|remained|having) (?:(?:a|an|our|my|such|one of our
        |{NEAR}) ){1,3}(?:patients?|clients?)
    (?:never|not) (?:been )?(?:treated|seen|visited|examined|set foot|had|met) (?:at|by|here|you|this|our|anyone)
    (?:this|the|said|our|that) (?:{NEAR} )?{PERSON} (?:_2 )?(?:was|were|had|came|did|didn't|never|{CAME}|has been
        |has had|has never|is not|isn't|has not|hasn't|wasn't|hadn't)
    (?:she|he) (?:_2 )?(?:was|had|came|did|didn't|never|has been|has had|wasn't|hadn't|{CAME})
    (?:treated|saw|examined|told|informed|gave|offered|advised|seen|operated on|refunded|charged|billed|called
        |contacted|discharged|remember|recall|met) (?:her|him|them|this {PERSON}|the {PERSON})
    (?:i|we) (?:do |well |both |still |clearly |all |also |certainly |vividly |fondly |personally )?(?:remember
        |recall|remembered|recalled) (?:you|your|this|the|that|very|well|our|how|when|it|her|him|clearly|what|from|a
        |asking|telling|explaining|going|speaking|talking|seeing)
    (?:our|the|that|this|a) (?:{NEAR} )?(?:conversation|discussion|meeting|phone call|call|chat|talk|time together
        |exchange|interaction|telephone call|emails) (?:with you|together|on|in|before|after|at|last|about|during|was
        |we|i|with|prior|regarding)
    our (?:{NEAR} )?(?:conversation|consultation|discussion|time together|chat|session together|appointment|visit)
    (?:the|that|this|said|each) (?:(?:{NEAR}|{CARE}) ){0,3}{VISIT} (?:was|were|went|took|lasted|ended|began|started
        |did|ran|had|you|we|in question|on|itself|that you|that day|with you)
    (?:at|during|after|before|following|throughout|prior to|since|from) (?:the|that|this|our) (?:(?:{NEAR}
        |{CARE}) ){0,2}(?:visits?|appointments?|consultations?|consults?|exam|examination|procedure|surgery|operation
        |session|evaluation|follow-?ups?)
    (?:time|day|morning|evening|date|week|outcome|result) of (?:that|this|your|service|treatment|surgery
        |the (?:{CARE}|visit|service))
    (?:happy|enjoy|enjoying|great|good|speedy|quick|smooth|full|continued|easy|swift) (?:healing|recovery)
    (?:heal|mend|recover) (?:well|better|quickly)
    get well
    (?:feels?|you feel|get|gets) better soon
    (?:(?:come|comes|came|coming|stop|pop|bring you|get you|have you|had you) back|(?:you|you were|you for|thanks for
        |before|after|since|for) (?:coming|came) in|(?:come|pop|stop|bring you|get you|have you) in (?:for|so|again
        |any))
    (?:back|return|in) for (?:a|your|another|the|an) (?:{NEAR} )?(?:{CARE})
    (?:signed|sign|read and signed|initialed|initialled|completed) (?:_2 )?(?:consents?|consent forms?|forms?
        |waivers?|agreements?|paperwork|treatment plan|estimates?|contract)
    (?:informed consent|consent form|consent) (?:was|were|signed|is on|you|we have|on file|she|he)
    (?:showed up|arrived|came|turned up|walked in|showing up|arriving|coming) (?:_3 )?(?:late|minutes|drunk|without
        |early|unannounced)
    missed (?:(?:your|her|his|the|an|two|three|four|several|both|that|this|last|another|multiple
        |[0-9]+) ){1,2}(?:{NEAR} )?(?:{VISIT})
    (?:lose|losing|lost|welcome|welcomed|had|have|having|keep|kept|support|supporting|supported|guide|guided
        |accommodate|accommodating|squeeze|squeezing|fit|fitting) you (?:as|in|through|back|here|at|with|to the|into
        |during|that|on|for)
    (?:everything|all|best|utmost|hard|whatever|time|effort) (?:_5 )?for (?:you|her|him|this {PERSON}|the {PERSON})
    (?:your|the|this) (?:{NEAR} )?(?:journey|transformation|makeover|wait|chaperone|arrival|behaviou?r|tone|language
        |conduct|refusal|decision|request) (?:with us|to|was|were|that|towards|at|of|with|on|because|as|in|and|has|so
        |,)
    (?:remembers?|about|behalf of|because of|thanks to|proud of|fond of|know|knows) you
    on your behalf
    (?:said|raised|mentioned|accepted|offered|voiced|apologi[sz]ed|noted|told|complained) (?:_2 )?(?:at the time
        |in the room|on the day)
    (?:called|phoned|rang|emailed|visited|left) (?:the|our|my) (?:_1 )?(?:office|desk|practice|clinic
        |reception) (?:_1 )?(?:{COUNT}|with|in|without|before|twice|after|and)
    (?:our|your|the) next (?:{VISIT})
    (?:nobody|no one|no-one) (?:came|showed|turned|arrived|complained|objected)
    (?:part|member) of (?:our|the) (?:_1 )?family
    (?:busy|hectic|long|difficult|bad|stressful|terrible|rough) (?:afternoon|morning|evening|day) for
    (?:thanks|thank you) for (?:stopping|popping|dropping|swinging) in
    (?:this|the|that|our) (?:_1 )?(?:lady|gentleman|woman|man|little one|young one|little ones)
    (?:this|the) (?:reviewer|poster|writer) (?:_1 )?(?:is|left|omits|omitted|forgets|forgot|neglects|fails|knows|knew
        |claims|wanted|got|wants)
    (?:rang|phoned|called|texted|wrote|tried|emailed) (?:_1 )?(?:twice|three times|several times|repeatedly
        |many times|four times|again and again)
    (?:yours|hers) (?:had|was|were|is|looked|are|looks|has)
    (?:as happened|in this (?:instance|case)|in that case|in your case|as in this case|case like this)
    (?:ended|end|ending|terminated|terminate) (?:the|our|this|your) (?:_2 )?relationship
    (?:hope|hoping|hopefully|hopes|wish|wishing) (?:that )?(?:the|your|those) (?:{NEAR} )?(?:{BODY}|{TREATMENT}|{KIN}
        |little)
    (?:enjoy|enjoying|look at|rock|love|show off) (?:those|that|the|your) (?:_1 )?(?:{BODY}|{TREATMENT})
    you no longer
    (?:left|sent|made|leaving) (?:_1 )?(?:{COUNT}) (?:_1 )?(?:voicemails?|messages?|texts?|calls?|letters?|reminders?
        |emails?)
    our (?:_1 )?(?:camera|cameras|footage|recordings?|video) (?:_1 )?(?:shows?|has|have|confirms?|tells?|proves?|says?)
    your (?:journey|transformation|makeover|wait|arrival|behaviou?r|conduct|refusal|decision|departure|attendance
        |chaperone|loyalty|progress|case)
    (?:was|were|been|be|being) (?:_1 )?(?:asked|told|requested|invited) to (?:leave|wait|return|come|sign|pay|follow
        |stop|call)
    (?:asked|dismissed|removed|discharged|banned|released|escorted) (?:_2 )?(?:to leave|from our practice
        |from the practice|from our care|from the office|from care|from our office)
    (?:under|in) (?:our|my|his|her|dr) (?:_1 )?(?:care|chair|hands)
    (?:us|staff|nurses?|of us) (?:who were |were |was )?in (?:the|that) (?:room|exam|chair|operating)
    (?:glad|happy|pleased|honou?red|grateful|thankful|delighted|proud|thrilled) (?:that )?(?:we|i
        |dr) (?:_1 )?(?:could|were able|was able|got|made|helped|can)
    (?:glad|happy|pleased|honou?red|delighted|proud|thrilled) to have (?:helped|been|treated|met|you|had|cared|worked)
    (?:smile|skin|face|result|results|healing) (?:looks?|turned out|came out)
    (?:you|your family|we|us|each other) (?:_3 )?(?:for|over) (?:the (?:past|last) )?{COUNT} (?:_1 )?(?:years|decades
        |months)
""")

TREATMENT = phrases(r"""
    (?:we|i|dr|surgeon|doctor|dentist|nurse) (?:_2 )?{DID} (?:_3 )?(?:{TREATMENT})
    (?:since|after|when|because|before|that|where|as) (?:we|i|our) (?:_2 )?(?:changed|started|stopped|switched
        |adjusted|increased|reduced|lowered|began|swapped|took|put) (?:_3 )?(?:{TREATMENT}|{BODY})
    (?:congratulations|congrats|condolences|mazel tov) (?:_2 )?(?:on|for|to|about)
    (?:honou?r|privilege|pleasure|joy) to (?:deliver|treat|operate|care|help|work|see|meet|be)
    (?:the|that|this) (?:{NEAR} )?(?:result|outcome|repair|healing|lesion|scar|bruise|swelling|numbness|pain
        |infection) (?:of the|was|were|had|looks|looked|is gone|turned|healed|faded|settled|cleared|resolved|that you
        |you|on|did|came|in question)
    (?:sorry|shame|pity|unfortunate|regret|know|sad|happy|glad|pleased) (?:that |about |to (?:hear|know
        |see) (?:that |about )?)?(?:the|this) (?:{NEAR} )?(?:{TREATMENT}|{BODY})
    {YOURS} (?:(?:{NEAR}|{CARE}) ){0,3}(?:{BODY}|{TREATMENT})
    (?:you|you've|she|he|the patient|this patient) (?:_4 )?(?:{TREATMENT})
    (?:the|that|this|those|these|said|both) (?:(?:{NEAR}|{CARE}) ){0,3}(?:{TREATMENT}|{BODY}) (?:was|were|went|took
        |lasted|did|didn't|that you|that we|that i|you|we|i|had|has|have|settled|failed|itself|in question|performed
        |given|placed|done|used|she|he|healed)
    (?:{WE}) (?:_2 )?(?:placed|injected|performed|removed|dissolved|prescribed|inserted|extracted|drilled|excised
        |numbed|used|administered|stitched|lasered|implanted|drained|biopsied|sutured|replaced|corrected|diagnosed
        |treated) (?:_4 )?(?:{TREATMENT}|{BODY}|areas?|units?|syringes?|ml|mg|sides?)
    (?:{TREATMENT}|units?|syringes?|ml|sides?) (?:was|were|has been|had been) (?:_1 )?(?:placed|injected|performed
        |removed|dissolved|prescribed|inserted|done|given|carried|completed|used|administered|successful|cancelled
        |reversed|repaired|replaced|diagnosed|expected)
    (?:{COUNT}|half) (?:units?|syringes?|ml|cc|vials?|grafts?|threads|mg) (?:of|were|was|in|to|we|you)
    (?:allergic|reaction|reacted|sensitive|intolerant) to (?:_1 )?(?:the )?(?:{TREATMENT}|{BODY}|latex|penicillin
        |lidocaine|nickel)
    (?:lips?|nose|breasts?|tummy|filler|botox|eyelid|chin|cheek|tooth|knee|hip|hair|wisdom tooth|wisdom teeth
        |root canal|crown|implant) (?:removal|surgery|augmentation|job|filler|lift|replacement|transplant|treatment
        |appointment|procedure|consultation) (?:you|we|on|in|last|did|that|went|was)
    (?:enjoy|love|loving|loved|happy with|pleased with|satisfied with|unhappy with|with|of) (?:the
        |your) (?:{NEAR} )?(?:new|results?|outcomes?|look|smile)
    (?:free|complimentary|another|a|discounted|second|further) (?:touch-?up|revision|correction|re-?treatment|redo
        |adjustment|refill|top-?up) (?:_2 )?(?:was|offered|at|visit|appointment|to you|for you|if|when|free|which)
    (?:offered|offering you|offer you|booked|did|had) (?:(?:you|to do|to perform|her|him) )?(?:(?:a|another
        |the) )?(?:(?:free|complimentary|second|further) )?(?:touch-?up|revision|correction|re-?treatment|redo
        |adjustment|follow-?up|re-?check|dissolving)
""")

PAYMENT = phrases(r"""
    {YOURS} (?:(?:{NEAR}|{CARE}) ){0,3}{MONEY}
    (?:you|you've|she|he|the patient|this patient|the reviewer) (?:_3 )?(?:pay|paid|owe|owed|owes|financed|purchased
        |bought|disputed|prepaid|tipped)
    (?:refunded|reimbursed|waived|credited|invoiced|billed|charged|discounted) (?:_2 )?(?:you|your|her|him|this|full
        |all|fee|fees|in|difference|cost|amount|part|half|every|deposit|charge|money|for (?:your|the|two|both|only
        |one|this))
    (?:issued|offered|processed|gave|given|sent|made|received|accepted|refused|declined|denied|request\w*|demand\w*
        |get|want\w*|asking|asked|offering|deserve|deserves|owe|seeking|return\w*|mailed|arranged|arrange|issue
        |process) (?:_4 )?(?:refunds?|reimbursement|compensation|store credit|a credit|discount|money back|cheque
        |check)
    (?:refund|reimbursement|cheque|credit|discount|deposit|payment|balance|bill|invoice|copay|co-pay
        |charge) (?:_2 )?(?:was|were|has been|had been|that you|you|is still|remains|went|came|will be|is being
        |is on its way|reflected|we|she|he|bounced|declined|failed|processed|issued)
    (?:outstanding|unpaid|remaining|overdue|past due|past-due|open|owed|final) (?:balance|bill|bills|invoices?|amount
        |fees?|account|charges?|payment|instal\w+)
    (?:sent|send|go|gone|turned|referred|forwarded|went) (?:_2 )?to (?:collections?|a collection|debt)
    collections? agency
    charge-?back
    charge back
    (?:disput\w+|contest\w+|revers\w+) (?:_2 )?(?:charges?|payments?|bill|transaction)
    (?:insurance|insurer|insurance company|insurance plan|plan|carrier|policy|medicare|medicaid
        |deductible) (?:company |carrier |plan |provider )?(?:denied|paid|covered|did|didn't|rejected|refused
        |declined|approved|would|had|was|has|only|processed|hadn't|wasn't|sent|lapsed)
    (?:no-?show|cancellation|consultation|late|missed appointment|consult|facility|anesthesia|surgeon's) (?:fee
        |charge)s? (?:was|were|you|has|had|we|that|applied)
    (?:the|that|this) (?:{NEAR} )?(?:price|cost|fee|estimate|quote|amount|total|sum|payment|deposit|bill|charge
        |refund|invoice|balance|discount)s? (?:was|were|you|had|we|i|that you|that was|quoted|given|agreed|did|didn't
        |came|for your|she|he|on)
    (?:quoted|charged|paid|paying|billed|refunded|owes?|owed|cost|costing|worth|balance of|deposit of|refund of
        |payment of|total of|bill of|credit of|sum of|fee of|for|remaining|discount of) (?:_2 )?[$]\s?[0-9][0-9,]*
    (?:paid|paying|pay) (?:_1 )?(?:in full|in cash|cash|by card|by check|by credit|half|upfront|up front|a deposit
        |the deposit|for your|monthly|with)
    payment plan (?:was|you|we|that|has|for you|with)
    financed (?:through|with|by|your|her|his)
    (?:waived|waive|waiving) (?:_2 )?(?:fees?|charges?|costs?|deposit|copay|consultation)
    (?:free of charge|at no charge|no charge|at our expense|at our cost|at no cost|on the house) (?:to you|for you|on
        |because|when|as a)
""")

PERSON = phrases(r"""
    {YOURS} (?:{NEAR} )?{KIN}
    {YOURS} (?:home|house|address|age|weight|height|ethnicity|date of birth|birth date|dob|surname|initials|real name
        |full name|occupation|profession|career|employer|social security|maiden name)
    (?:your|her|his|the patient's) (?:{KIN}|{PERSON})
    [0-9]+[-\s]year[-\s]old
    (?:aged|age) [0-9]+
    (?:in|by) (?:her|his) (?:early |mid |late |mid-)?(?:twenties|thirties|forties|fifties|sixties|seventies|teens|20s
        |30s|40s|50s|60s|70s)
    (?:you|she|he|reviewer|patient) (?:works?|worked|lives?|lived|teaches|taught|is employed|are employed) (?:at|as
        |for|in|on|near|down|across|with)
    (?:know|knows|knew) (?:exactly )?(?:who (?:you|wrote|this|she|he|the|it)|your identity|you personally)
    (?:as|being|are|is|was|were) (?:_1 )?(?:a|an|the|our) (?:_1 )?(?:nurse|teacher|lawyer|attorney|accountant|realtor
        |actress|actor|model|flight attendant|bartender|stylist|hairdresser|ex-employee|former employee
        |disgruntled employee|employee|competitor|policeman|police officer|bride|student) (?:yourself|you|herself
        |himself|at|from|who|like)
    (?:former|ex|disgruntled|previous|past)[-\s](?:employee|staff|colleague)
    (?:born (?:on|in)|dob|date of birth|birth date|birthdate) (?:_2 )?[0-9]+
    (?:chart|record|patient|mrn|file|case|claim|policy|member|account|invoice|booking|reference) (?:no|number|nr|id
        |ref|#)? ?#? ?[a-z]{0,3}[0-9][0-9-]{2,}
    [0-9]{3}-[0-9]{2}-[0-9]{4}
    (?:using|under|behind) (?:a|an|your|the) (?:false|fake|different|another|real|assumed|maiden|married) (?:name
        |account|profile|alias)
    (?:aka|real name is|whose name is|your name is|named|name was|whose real)
""")

# --- What tells of somebody only in a sentence that speaks of no rule or habit of the practice ----------------

DATES = phrases(r"""
    (?:last|this past|earlier this|previous|prior) (?:{DAY}|week|month|year|spring|summer|fall|autumn|winter|night
        |{MONTH}|weekend|christmas|easter|thanksgiving)
    (?:{COUNT} ){1,3}(?:days?|weeks?|months?|years?|hours?|minutes?|decades?) (?:_1 )?(?:ago|later|after|before
        |earlier|prior|late|post|out|apart|following|in advance|past|beforehand)
    (?:it has|it's|has) been (?:_1 )?(?:{COUNT} ){1,2}(?:days?|weeks?|months?|years?)
    (?:yesterday|the other day|the day before yesterday|day one)
    (?:that|the same|that same|the next|the following|the very next) (?:_1 )?(?:day|morning|afternoon|evening|night
        |week|weekend|month|{DAY})
    (?:on|this|that|until|by|from|since|of) (?:a |the |that )?(?:_1 )?{DAY}(?: morning| afternoon| evening| night|,)?
    {DAY} (?:the )?[0-9]{1,2}(?:st|nd|rd|th)?
    (?:jan(?:uary)?|feb(?:ruary)?|march|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?
        |nov(?:ember)?|dec(?:ember)?) (?:the )?[0-9]{1,4}(?:st|nd|rd|th)?
    (?:the )?[0-9]{1,2}(?:st|nd|rd|th)? (?:of )?{MONTH}
    (?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|twelfth|fifteenth|twentieth
        |thirtieth) of {MONTH}
    {MONTH} (?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|twelfth|fifteenth|twentieth|thirtieth)
    (?:in|since|during|back in|early|late|mid|mid-|of|this|early in|late in|end of|beginning of|middle of) (?:january
        |february|march|april|may|june|july|august|september|october|november|december|spring|summer|autumn)
    [0-9]{1,2}[/.-][0-9]{1,2}(?:[/.-][0-9]{2,4})?
    [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}
    (?:in|since|during|back in|of|early|late) (?:19|20)[0-9]{2}
    (?:day|week|month|year) (?:[0-9]+|one|two|three|four|five|six|seven|ten)
    (?:earlier|later) (?:today|this week|this month|this year|that day|that week|that month)
    (?:at|around|about) [0-9]{1,2}(?:[:\s][0-9]{2})? ?(?:am|pm|a\.m|p\.m|o'clock)
    (?:back in the day|day of (?:your|the) (?:{VISIT}|{TREATMENT}))
    (?:for|over|after) (?:the (?:last|past) )?{COUNT} (?:_1 )?(?:years|months|decades)
""")
MONEY_ALONE = phrases(r"""
    [0-9][0-9,]* ?(?:dollars|euros?|pounds|usd|eur|gbp|bucks|quid)
    (?:deposit|balance|invoice|refund|copay|co-pay|discount|receipt|fee|bill|insurance|payment|price|cost|quote
        |estimate|charge)s?
""")
AMOUNT = phrases(r"""
    (?:a|of|the|for|was|is|to|paid|your|than|you|full|by|were|at|and|only|about|around|over|nearly|just|another|still
        |remaining|additional|extra|that|this|our) [$]\s?[0-9][0-9,]*
""")
TREATMENT_ALONE = phrases("(?:{TREATMENT}|{BODY})")
# Who a sentence is about; what could be anybody's is struck out before.
SOMEBODY = phrases(r"""
    (?:you|your|you've|you're|you'd|yours|she|he|her|his|hers|him|this patient|the patient|this person|the reviewer|ur)
""")
# A sentence about the practice and its rules, or about anybody.
IN_GENERAL = phrases(r"""
    (?:general|generally|usually|typically|often|normally|commonly|sometimes|always|any|every|each|anyone|anybody
        |everyone|everybody|nobody|patients|people|someone|policy|policies|rule|rules|guidelines?|no two
        |all (?:patients|people|of our|our|who|staff|visitors|rooms|new)|per|most|many|in most cases|whoever)
    (?:opened|moved|hired|introduced|changed|installed|new|starting|beginning|starts|begins|as of|closed|open|opening
        |hours|trained|training|graduated|founded|renovat\w+|replaced|extended|add|added|adding|joined|launch\w*
        |updated|upgrad\w+|improved|improving|expanded|website|published|publish|practising|practicing|practiced
        |served this|been in practice|law|laws|hipaa|regulations?|phone lines?|outage|phones?|staffed|went live
        |go live|broke down|telephone system|construction|staffing|short-staffed|system|parking|waiting times?
        |wait times?|lately|recently|years of|experience|prices?|bulk|billing|audits?|ended|went up|our (?:clinic
        |practice
        |surgery|report|doors?|building|roof|lift|website)|infection rates?|independent|inspect\w*|accredit\w*
        |voicemail|refresher|ramp|entrance|queue|lectures?|lectured|fellowship|entry|motto|building|courtesy|staff had
        |prescriptions?|we are at|wet (?:monday|tuesday|wednesday|thursday|friday|day|morning)|office by
        |the (?:fee|charge|price) for (?:an?|each|any))
""")

# Words that stand where a name would.
NO_NAME = frozenset(
    _listed("""
        there all everyone everybody reviewer friend friends sir madam maam team you guest visitor valued patient
        patients anonymous user dr doctor to for and again folks both client customer neighbor neighbour this we
        our the your i it as in on at from with very so parent parents community google yelp writer author poster
        former fellow future ladies gentlemen reader readers that thank thanks kindly warmly warm kind best
        regards sincerely if any
    """)[3:-1].split("|")
)
