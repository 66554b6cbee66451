"""Words that the personal data guard knows: what is a given name, what never is one, which names are products."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Given names that stand for nothing else. In small letters these alone are taken for a name.
GIVEN = _words("""
aaliyah aaron abdul abdullah abebe abena abhishek abigail abraham ada adam adaeze adebayo adele adewale aditi aditya
adnan adrian adriana adrienne agata agnes agnieszka ahmad ahmed aidan aileen aisha aishwarya ajay akash akiko akira
akua alain alan alana alastair alban albert alberto alejandra alejandro aleksander alena alessandra alessandro alessia
alex alexa alexander alexandra alexandre alexei alexis alfie alfonso alfred alfredo ali alice alicia alina alisha
alison alistair allan allen allison alma aloysius alvaro alwin alyssa amal amanda amara amelia amelie amina amir amit
amna amy ana anand anastasia anders andre andrea andreas andrei andrej andres andrew andrzej andy aneta angela
angelica angelika angelina angus anika anil anita anja anjali ankit ann anna annabel annabelle anne anneke annelise
annette annie annika ansel anselm anthony antje antoine antoinette anton antonia antonio anya apinya arabella aria
ariana ariane arianna arjun arlene armando arnaud arne arnold arthur arturo arun arvind asha ashish ashley ashok
ashraf asif asmaa astrid athena aubrey audrey augusta augustus aurelia aurelie aurora ava avery ayaan ayan ayesha ayla
ayodele ayse aziz babajide babak barbara barnaby barry bartosz basil bastian beata beatrice beatrix beatriz becca
becky belinda bella ben benedict benedikt bengt benjamin benoit bente bernadette bernard bernd bernhard bernice bert
bertha beryl beth bethan bethany betsy betty beverley bhavna bianca bilal birgit bjorn blanca bogdan boris boyd brad
bradley bram branwen brenda brendan brent brett brian bridget brigid brigitte britta bronagh bronwen bruce bruno bryan
bryony caitlin caleb callum calvin cameron camila camilla camille candice carina carla carlo carlos carlotta carmel
carmen carol carole caroline carolyn carsten casey cassandra cassie catalina caterina catherine cathy catriona cecile
cecilia cedric celeste celia celine chandra chantal charlene charles charlie chiara chidi chinedu chinwe chioma chloe
chris christa christian christiane christina christine christoph christopher chukwu ciara cillian claire clara
clarissa claude claudia claudio claus clement clemens clive cody colette colin colleen connor conor conrad constance
cora coralie cordelia corey corinna corinne cornelia cornelius courtney craig cristina cynthia cyril daisuke dalia
damian damien dan dana daniel daniela daniele danielle danny daphne daria dariusz darragh darren dave davide david
davina deborah debbie declan dee deepa deepak deirdre delphine demetrius denis denise dennis derek dermot desmond
devon dexter diana diane diego dieter dilip dimitri dimitris dina dinesh dirk dmitri dolores dominic dominik dominique
don donald donna donovan dora doreen doris dorothea dorothy doug dougal douglas duncan dustin dwight dylan eamon ebony
eddie edgar edith edmund eduardo edward edwin eileen eirik ekaterina elaine eleanor elena eleni elias elif elijah elin
elinor elisa elisabeth elise eliza elizabeth elke ella elle ellen ellie elliot elliott elodie eloise elsa elsie
elspeth elvira emeka emil emilia emilie emilio emily emma emmanuel emmeline enrico enrique enzo erica erik erika
ernest ernesto ernst esme esperanza esteban estelle esther ethan eugene eugenia eun eunice eva evan evangelia evelina
evelyn ewa ewan fabian fabio fadi faisal fadia farah farhan farid fatima fatimah fatma fatou federica federico felicia
felicity felipe felix femi ferdinand fergus fernanda fernando fiona flavia fletcher floriane flynn folake francesca
francesco francis francisco franck francoise frank frankie franz fraser fred freda freddie frederic frederick frederik
freya frida frieda friedrich fritz gabriel gabriela gabriele gabriella gabrielle gareth garry gary gavin geert gemma
geoff geoffrey georg george georges georgie georgina gerald geraldine gerard gerda gerhard gertrude gianluca gideon
gil gilbert giles gillian gina giorgia giorgio giovanna giovanni gisela gitte giulia giuseppe gladys glen glenda
gloria gonzalo gopal gordon graham grainne greta gregor gregory greg grzegorz guadalupe gudrun guillaume guillermo
gunnar gunther gupta gustav gustavo gwen gwendolyn habib hadiya hakan hamid hamish hamza hana hanif hank hanna hannah
hannes hans harald hari harold harriet harrison harry haruka harvey hasan hassan hattie hayley heather hector heidi
heike heiko heinrich heinz helen helena helene helga helmut hendrik henning henri henrik henrike henrietta henry
herbert herman hermann hilary hilda hiroshi holger holly horst howard hubert hugh hugo humphrey hussain hussein ian
ibrahim ida ifeoma ignacio igor ilaria ilona ilse imani imogen imran ines inga inge ingeborg ingo ingrid inigo ioana
ioannis ion ira irene irina irma irving isaac isabel isabella isabelle isadora isha isla ismail isobel ivan ivana ivo
ivy iwona jaap jack jackie jackson jacob jacqueline jacques jade jaime jakob jakub jamal james jamie jamila jan jana
jane janet janice janina janine jared jarek jasmin jason javier jayden jayne jean jeanette jeanne jeff jeffrey jelena
jemima jen jenna jenny jennifer jens jeremy jerome jerry jessica jessie jill jim jimmy jin jitka jo joan joana joanna
joanne joao joaquin jochen jodie joe joel joelle joerg johan johann johanna johannes john johnny jon jonas jonathan
joost jorge jose josef josefina joseph josephine josh joshua josie joyce juan juana juanita judith judy juergen jules
julia julian juliana juliane julie julien juliet juliette julio julius jun jurgen justine justyna kai kamal kamila
kamran karen karim karin karina karl karla karolina karsten kasia kate katerina katharina katherine kathleen kathrin
kathryn kathy katia katie katja katrin katrina kavita kay kayla kayleigh keiko keith kelechi kelly kelvin ken kendra
kenji kenneth kerry kerstin kevin khadija khaled khalid kieran kiera kim kimberly kirsten kirsty kiran klara klaus
kofi koji konrad konstantin krishna krista kristen kristian kristin kristina kristof krystyna krzysztof kumar kunal
kurt kwabena kwame kyle kylie lakshmi lamar lara larissa larry lars laszlo latoya laura lauren laurence laurent laurie
lavinia layla lea leah leanne lee leila lena leo leon leona leonard leonardo leonie leopold leroy lesley leslie
leticia lewis liam lidia liesel lila lilian liliana lillian lily lina linda lindsay linnea linus lionel lisa lise liv
livia liz liza lizzie lola lois loretta lorenzo lorna lorraine lotte lottie lou louis louisa louise luc luca lucas
lucia lucian luciana lucie lucinda lucy ludwig luigi luis luisa luka lukas luke lukasz lulu luna luz lydia lyn lynda
lynn lynne mabel mackenzie maddie madeleine madeline mads magda magdalena magnus mahesh mahmoud maia mairead maisie
maja malcolm malgorzata malik malika mandy manfred manoj manon manuel manuela marc marcel marcela marcella marcia
marcin marco marcos marcus mareike margaret margarita margaux margot margrit maria mariam mariana marianne marie
mariella marija marika marilyn marina mario marion marisa marisol marissa marius marjorie marko marlene marlon marta
martha martin martina martine marvin mary maryam masako mateo mateusz mathias mathieu mathilde matilda mats matt
matteo matthew matthias maureen maurice mauricio mavis max maxime maximilian maxine maya megan mehmet mei melanie
melinda melissa mercedes meredith mette mia michael michaela michal michel michele michelle mick miguel mihai mike
mikhail mikkel mila milan milena mildred millie milos mina mindy minh mira miranda miriam mirjam mitchell moira
mohamed mohammad mohammed mohan moira mona monica monika monique morag morgan moritz morten moses mostafa muhammad
muriel murray mustafa myra myriam myrtle nadia nadine nadja nancy naomi narges nasreen nasser natalia natalie nataliya
natasha nathalie nathan nathaniel naveed neha neil nell nellie nelson neville ngozi nicholas nick nicki nicky nicola
nicolas nicole niall niamh nicoletta nigel nikhil nikita nikola nikolai nikos nils nina nisha nkechi noah noel noelle
noor nora norbert noreen norma norman nuno octavia odette oksana ola olaf oleg olga olive oliver olivia olivier olof
omar oonagh oona orla orlando orsolya oskar oswald otis ottilie otto owen pablo padma paloma pamela paola paolo parisa
pascal patrice patricia patricio patrick patrycja patsy patty paul paula paulina pauline pavel pawel pedro peggy
penelope penny per percy perry petra petros peter phil philip philipp philippa philippe phillip phoebe phyllis pia
pierre pieter piotr polly poppy prakash pranav pravin preeti prisca priscilla priya priyanka quentin rachel rafael
rafal raffaele raghav raheem rahel rahul raj raja rajesh rajiv rakesh ralf ralph ramesh ramon ramona rana randall
randi rania raphael rashid raul ravi raymond rebecca regina reginald reinhard rekha rena renata renate rene renee
reuben reza rhiannon rhona rhys ricardo riccardo richard rick rita ritu robert roberta roberto robyn rocio roderick
rodney rodrigo roger rohan roisin roland rolf roman romy ron ronald ronan ronja rory rosa rosalie rosalind rosanna
rosario rosemarie roshan rosie ross roswitha rowena roxana roxanne roy ruben rudi rudolf rudy rufus rupert russell
ruth ryan sabina sabine sabrina sadia saeed saima sakura salim sally salma salman salvador sam samantha samir samira
sammy samuel sandeep sandra sandro sandy sanjay sanjeev sanne santiago sara sarah sascha saskia satoshi saul scott
sean sebastian selena selina selma serena serge sergei sergio seth shabnam shane shannon sharon shaun shauna sheena
sheila shelley sheryl shirin shirley shivani shreya shruti sibylle siegfried sienna signe sigrid silke silvia simon
simona simone sinead siobhan sofia sofie solange solomon sonia sonja sophia sophie soraya soren spencer stacey stan
stanislav stanley stavros stefan stefania stefanie steffen stella stephan stephanie stephen steve steven stewart
stuart suki sunil sunita suresh susan susana susanna susanne susie suzanne svein sven svetlana sybil sylvia sylvie
tadeusz tamara tamsin tania tanya tara tariq tarun tasha tatiana tatjana ted teresa terence teresita terry tess tessa
thea thelma theo theodore theresa therese thierry thomas thorsten tilda tim timo timothy tina tobias toby todd tom
tomas tomasz tommy toni tony torsten tracey tracy tricia trevor trish tristan trudi trudy tyler tyrone udo ulf ulla
ulrich ulrike umar una ursula usha ute uwe vadim valentina valerie vanessa vasilis vera verena vernon veronica
veronika veronique vicky victor vijay vikram viktor viktoria vilma vincent vincenzo vinod viola violeta viviana vivian
vivien vivienne vlad vladimir volker vusi wafa wahid waldemar walter wanda waqar warren wayne wei wendell wendy werner
wilfred wilhelm willem william willie wilma winifred winston wioletta wladyslaw wojciech wolfgang xavier xenia ximena
xin yannick yara yasmin yasmine yasser yetunde yevgeny yolanda yosef yoshiko yousef youssef yuki yuko yuri yusuf
yvette yvonne zach zachary zahra zainab zara zehra zeynep zoe zofia zoltan zsofia zuzana zuzanna
""")

# Given names that are also words, months, places, parts of the body or units: a name only beside a second capital.
GIVEN_IN_CAPITALS = GIVEN | _words("""
alba amber angel april archie art ash autumn basia bella bill bob brandy brooke carey chance chase chelsea cherry
clark cliff clover coral crystal dale darcy dawn dean dell destiny drew earl eden elmo eve faith fern flora frances
gail gale gene ginger grace grant guy hazel heath hope hunter ines iris ivy jade jasmine jay jewel jordan joy june kit
lance laurel lilac madison mae margo marigold mark martine mason may melody mercy miles misty nat nasim nova ollie
olive oscar parker pat patience pearl petal pierce piper poppy portia prudence rain ray rob robin rod rose rosemary
ruby rusty sage sandy scarlett serenity sharma skip sky summer sue tate tiger trinity troy val van vic victoria violet
wade will willow woody wren bobby bert daisy charlotte georgia florence austin sydney dorian
""")

# Never a name by itself, in whatever letters: the small words of the language and those of a worried patient.
COMMON = _words("""
a able about above absolutely accepted actual actually add address adult advance advice affected afraid after
afternoon again against age aged ago agree ah alarmed albeit all allergic allowed almost alone along already also
alright although always am amazed an and angry annoyed anonymous another answer answers any anybody anyone anything
anyway apart apparently appointment appointments approx are area arm arms around artist as ask asked asking asleep
assistant asthmatic at ate aware away awful awake baby back bad badly balding bald based be became because become been
before began behind being below beside best better between big bit black blind blonde blood blue body bold booked born
both bothered bottom bought boy boyfriend breast breastfeeding bring brother brown burn burning burnt but by call
called came can cannot cant care carer case cautious certain chance change chart cheap check cheek chest child
children clear clearly clinic clinics close closed coeliac cold come comes coming complete completely concern
concerned confidential confused consultant convinced correct could couldn't couple crazy cream cried cry crying
curious current currently cut dad dark daughter day days dead deaf dear definitely delayed dentist department
dermatologist desperate devastated diabetic did didn't different difficult disabled disappointed disgusted divorced
dizzy do doc doctor doctors does doesn't doing done don't dont doubt down dr dressing dry due during each ear early
easy eat eating eczema effect eight either eldest eleven else email embarrassed emergency end engaged enough etc even
evening ever every everybody everyone everything exactly exhausted expecting experience extra extremely eye eyes face
facing fact fair family far fat father fed feel feeling feels feet felt female few fifteen fifty filler fine finger
finished first fit five fixed following foot for forgotten former forty found four free freaking friday friend
friendly friends frightened from frustrated full fully further future gave gay general get gets getting girl
girlfriend give given gives giving glad go goes going gone good got gp grandad grandfather grandma grandmother
grateful great green group guess guy guys had hair half hand hands happened happy hard has hasn't hate have haven't
having he head health healthy hear heard heart hello help her here hers herself hesitant hi high him himself his
history hold home honest honestly hope hopeful hopefully hopeless hoping horrible horrified hospital hot hour hours
house how however hurt hurting husband i i'd i'll i'm i've ideas if ill im important in included including incredibly
infected informed injection inside insecure instead interested into irritated is isn't it it's its itself itchy ive
job jr just keen keep kept kid kids kind knee know known knows lady last late lately later lead least leave left leg
legs less let letter life light like likely listed literally little live lives living local located long longer look
looked looking looks losing lost lot lots love low lower lucky lump made mad main make makes making male man manager
many married matron matter matters may maybe me mean means medical medication medicine men menopausal mental mentioned
met middle midwife might mild mine minute minutes miserable miss missing mistake mole mom monday month months more
morning most mostly mother mouth mr mrs ms much mum mummy must my myself name names near nearly neck need needed needs
nervous never new newly next nice night nine nobody none noone nor normal normally nose not noted nothing notice now
number numb nurse nurses obese obsessed obviously of off offended offer office often oh ok okay old older on once one
ones only open opinion or order other others our out outside over overdue overweight own paid pain painful pale
panicking paranoid parent parents part partner past patient patients people perfect perfectly perhaps period
permanently person petrified pharmacist photo phone physically picture pink place plain plan planning please pleased
poor possible possibly postpartum practice practitioner pregnant prescribed pretty previously private probably problem
problems professional prone protected proud public put puzzled question questions quick quite quitting quoted rarely
rather rash read ready real realise really reason receptionist recently red redacted referred regarding regards
registered regular related relatively relieved remember reply required retired right room rubbish running sad safe
said same saturday save saw say saying says scar scared school sea second secret see seeing seem seems seen self
sensitive sent serious seriously set seven several severe severely she shocked short should show shown shy sick side
sign signed simple simply since sincerely single sir sister sit situation six size skin sleep sleeping slightly slim
slow small smoker so some somebody someone something sometimes son soon sore sorry sort spot spots sprained staff
stage stand standing start started starting stay still stop stopped story stressed strong struggling student stuck
stupid such suddenly suffering suggested sunday super supposed sure surgeon surgeons surgery surprised swollen take
taken takes taking talk tall teacher team teen teenager tell telling ten tender terrible terrified thank thankful
thanks that that's the their them then there these they thing things think thinking third thirty this those though
thought three through thursday tight till time times tired to today together told tomorrow tonight too took top torn
total totally traumatised traumatized treated treatment tried true trust truly try trying tuesday turned twelve twenty
twice twin two type ugly unable uncertain uncomfortable under underweight unfair unfortunately unhappy unlucky unsure
until up upset urgent us use used useful usually vaccinated vegan vegetarian very via visit vs wait waiting wake walk
want wanted wants warm was wasn't watching water way we wear wearing wednesday week weeks weight weird well went were
what what's when where whether which while white who whole whom whose why wide wife will willing wish with within
without woman women won't wondering work worked working works worried worry worse worst would wouldn't wound wrong
year years yellow yes yesterday yet yoga you you're young younger youngest your yours yourself yours xx anymore
anybody ward specialist registrar anaesthetist anesthetist psychiatrist psychologist physio physiotherapist hygienist
injector technician therapist oncologist cardiologist gynaecologist gynecologist urologist neurologist paediatrician
pediatrician stylist beautician nan nana gran granny grandson granddaughter aunt auntie uncle cousin niece nephew
neighbour neighbor colleague boss mama papa welcome cheers sincere faithfully respectfully kindly warmly warm wishes
greetings hey hiya lads folks everyone community forum peeps members available different dreadful ginger identical
similar opposite unhelpful rude lovely brilliant amazing useless experienced qualified unknown given spelt spelled
misspelt printed written attached below above private hidden redacted withheld unimportant irrelevant confidential
removed blank visible ready set gone fake pending public clear long hard funny common foreign thirteen fourteen
sixteen seventeen eighteen nineteen sixty seventy eighty ninety hundred thousand no nope yeah yep ya u ur r hes shes
theyre theirs ours etc thx pls plz ty btw lol omg fwiw imo tldr update edit ps nb info faq source photos pics results
result test tests normal negative positive
""") | _words("""
ring rings rang text texts texted reach contact speak spoke seems swears says recommends recommended advised insists
refuses refused claims wrote writes explained injected performed operates operated removed removes looks checks
checked sees sends noticed prescribes uses gives offers offered thinks thought believes believed feels wants needs
keeps gets puts makes made took takes goes does cannot january february march june july august september october
november december easter christmas ramadan spring summer autumn winter monthly weekly daily yearly regularly directly
straight ahead anywhere everywhere somewhere nowhere inside
""")

# Peoples, faiths, places, medicines, machines and what diseases are called after: capitals that are nobody's name here.
NOT_PEOPLE = _words("""
african afro albanian algerian american arab arabic argentinian armenian asian australian austrian bangladeshi belgian
black bengali brazilian british bulgarian burmese canadian caribbean catholic caucasian celtic chilean chinese
christian colombian croatian cuban cypriot czech danish dominican dutch east eastern ecuadorian egyptian english
eritrean estonian ethiopian european filipina filipino finnish french french-canadian german ghanaian greek hindu
hispanic hungarian icelandic indian indonesian iranian iraqi irish israeli italian jamaican japanese jewish kenyan
korean kurdish latin latina latino latvian lebanese lithuanian malay malaysian maltese mediterranean mexican middle
moroccan muslim nepali nigerian nordic north northern norwegian pakistani palestinian persian peruvian polish
portuguese punjabi romanian russian scandinavian scottish serbian sikh singaporean slovak slovenian somali south
southern spanish sri swedish swiss syrian taiwanese tamil thai tunisian turkish ugandan ukrainian vietnamese welsh
west western zimbabwean mixed london paris york england scotland wales ireland britain uk usa us america europe africa
asia australia canada germany berlin munich france spain italy india china japan turkey istanbul thailand bangkok
korea seoul mexico tijuana poland warsaw dubai texas california florida manchester leeds bristol birmingham liverpool
glasgow edinburgh cardiff belfast dublin cork vienna zurich madrid barcelona lisbon rome milan prague budapest
amsterdam brussels toronto vancouver melbourne brisbane perth chicago houston boston miami seattle los san new angeles
google youtube tiktok instagram facebook reddit whatsapp amazon zoom realself internet chatgpt wikipedia botox dysport
xeomin azzalure bocouture daxxify juvederm juvéderm restylane belotero sculptra radiesse teosyal profhilo volbella
voluma volift vollure kybella sofwave thermage ultherapy ulthera coolsculpting emsculpt morpheus morpheus8 fraxel
clear brilliant halo ipl bbl prp accutane roaccutane isotretinoin tretinoin retin-a adapalene differin epiduo duac
benzoyl dupixent dupilumab humira adalimumab stelara cosentyx skyrizi tremfya taltz otezla methotrexate ciclosporin
cyclosporine prednisone prednisolone hydrocortisone betnovate dermovate elocon eumovate protopic elidel cerave
cetaphil eucerin aveeno avene avène bioderma vichy laroche roche-posay posay dermol diprobase e45 sudocrem bepanthen
vaseline aquaphor vitamin nizoral minoxidil finasteride rogaine regaine propecia spironolactone doxycycline
lymecycline minocycline erythromycin clindamycin amoxicillin flucloxacillin penicillin ibuprofen paracetamol tylenol
nurofen aspirin ozempic wegovy mounjaro saxenda metformin insulin sertraline prozac zoloft lexapro yasmin yaz dianette
microgynon mirena implanon nexplanon covid corona pfizer moderna astrazeneca nhs bupa medicare medicaid aetna cigna
fitzpatrick mohs breslow clark bell bell's hashimoto hashimoto's graves grave's addison addison's cushing cushing's
crohn crohn's parkinson parkinson's alzheimer alzheimer's raynaud raynaud's sjogren sjogren's sjögren sjögren's behcet
behcet's behçet behçet's kawasaki dupuytren dupuytren's peyronie peyronie's paget paget's hodgkin hodgkin's bowen
bowen's grover grover's darier darier's hailey hailey-hailey gorlin marfan ehlers danlos ehlers-danlos turner
klinefelter down down's asperger asperger's tourette tourette's becker becker's nd nevus naevus ota spitz kaposi
merkel koebner nikolsky auspitz wood wood's tzanck gram lund mackay romberg babinski gilbert gilbert's wilson wilson's
barrett barrett's menière meniere ménière horner horner's hunt ramsay lyme coxsackie epstein barr epstein-barr herpes
langerhans virchow still still's reiter reiter's tietze baker baker's bartholin bartholin's fordyce montgomery skene
cooper wegener churg strauss takayasu lichen planus baker-gordon norwood ludwig hamilton baker grade cobb apgar
glasgow glogau nash rhesus rh head shoulders heimlich valsalva kegel kegels pilates braxton hicks nissen whipple
hartmann lynch brca swan ganz foley hickman steri-strips steri tegaderm mepitel mepilex silicone band-aid gore-tex fda
mhra nice who gmc cqc ai dna mri ct type stage level class phase group section grade step worst nothing works help
""")

# What follows a title on a tube, a screen or a can and is no person of anybody's clinic.
PRODUCTS_AFTER_TITLE = _words("""
jart jart+ pepper pepper's hauschka martens marten scholl scholl's scholls bronner bronner's bronners sturm brandt
teal teal's teals organic ceuracle oetker paw pawpaw lipp eckstein sebagh squatch oz google phil who house dre pimple
popper strange seuss dolittle jekyll zhivago evil no muscle bean right clean perfect potato wrong kipling meyer
meyer's meyers doubtfire darcy big robot t muscles proper bumble fix-it everyday nice grouch incredible men nobody tv
internet youtube tiktok reddit facebook chatgpt ai bot dermaroller derma pen ludwig grandel spiller rimpler schrammek
althea oracle melaxin forhair pong seed bio hemp herbs feelgood mom mum beckmann sheffield sheffield's tung's mercola
vita vitamin belmeur zoe obagi murad perricone rashel
""")

# What a word with a capital before one of these belongs to: a disease, a scale, a place to be treated, a shop.
AFTER_NO_PERSON = _words("""
disease syndrome sign test scale palsy lamp operation procedure flap score surgery cyst cysts gland glands lymphoma
sarcoma tumour tumor thyroiditis phenomenon contracture line lines level type skin photo phototype classification
grade stage naevus nevus method technique lift manoeuvre maneuver exercises ulcer oesophagus esophagus hospital clinic
clinics infirmary university college centre center institute school medical health healthcare surgery practice house
foundation trust nhs royal street road avenue lane square park airport cream serum lotion shampoo gel soap balm oil
cleanser moisturiser moisturizer sunscreen spf peel lipstick foundation cosmetics beauty skincare labs laboratories
pharma pharmacy shop store brand wort ward wing unit building insurance palsies patch laser device chapel church
cathedral bridge bay beach island hill county city state
""")

# Names of people that stand on shelves, in papers and on signs.
KNOWN_PAIRS = frozenset({
    "mary kay", "estee lauder", "elizabeth arden", "peter thomas", "kate somerville", "charlotte tilbury",
    "bobbi brown",
    "laura mercier", "helena rubinstein", "calvin klein", "tom ford", "henry ford", "johns hopkins", "john hopkins",
    "angelina jolie", "kim kardashian", "marie curie", "florence nightingale", "jack black", "barbara sturm",
    "paula begoun", "guy's and", "harley street", "simon cowell", "john lewis", "oscar health", "max factor",
    "madonna kylie", "kylie jenner", "kate moss", "alberto culver", "vidal sassoon", "paul mitchell", "john frieda",
    "sam smith", "mount sinai", "jo malone", "sally hansen", "liz earle", "trinny woodall", "ben nye", "burt bees",
    "johnson johnson", "ramsay hunt", "ehlers danlos", "stevens johnson", "marks spencer", "emma hardie",
    "sarah chapman",
    "ole henriksen", "martin clinic", "victoria beckham", "nina ricci", "hugo boss", "dennis gross",
    "thomas splint", "louis vuitton",
})  # fmt: skip

UNITS = _words("""
mg mcg ug g kg ml l cc iu units unit mm cm m km ft lb lbs st stone kcal cal percent hours hour hrs hr h minutes minute
mins min seconds days day weeks week months month years year yrs yr grafts graft shots shot lines pulses passes cells
copies sessions session steps euro euros eur dollars dollar usd pounds pound quid gbp rupees inr aud cad chf kr zloty
pln baht yen usd bucks tablets tablet pills pill capsules drops times x nm j hz joules ng nmol pmol mmol mol umol mmhg
bpm people patients women men times syringes syringe vials vial percent degrees calories characters words
""")

# Words that are surnames as well, after a title and with a capital.
SURNAMES = _words("""
young long white green brown black good small hand hope love wood bell cook baker turner graves french west best price
day short little rich sharp strong swift wise gray grey cooper wilson hunt hamilton north bowen gilbert clark still
light head foot bird fox wolf rose may march english german holland ireland wales london england paris york down downs
addison barrett bishop king knight prince lord pope abbot church hall house street lane field marsh moor brook lake
pool rivers forest stone rock banks bridge ford wells mills park gates chase case coward blunt blood payne pain savage
moody noble gay bright fair child man friend christian jordan israel spain norwood ludwig montgomery horner spitz
paget parkinson hodgkin cushing breslow merkel becker lund kaposi skene churg strauss barr epstein mackay ramsay cobb
nash langer well sick means wait walk read reading call bond cash dear early last first self side set bond bland kind
cross case key keys joy true waters
""")
