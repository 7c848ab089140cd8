package casefile

// The vocabularies are closed: adding a term is a change here, in docs/ and in the catalogues, never free text in a file.
// They are the field's own terms, gathered from what human-rights archives use. What a source prints stays beside the term.

// vocabulary is a type whose values come from a closed list.
type vocabulary interface{ Known() []string }

func known[T ~string](list ...T) []string {
	s := make([]string, len(list))
	for i, t := range list {
		s[i] = string(t)
	}
	return s
}

// Level is how public a case is. A file that does not say is quiet.
type Level string

const (
	Quiet    Level = "quiet"    // nobody sees it here
	Targeted Level = "targeted" // for those the organisers write to; no public page
	Public   Level = "public"
)

func (Level) Known() []string { return known(Quiet, Targeted, Public) }

// State is the work's state. No state is final: a closed case reopens under the same address.
type State string

const (
	Open     State = "open"
	Dormant  State = "dormant"
	Closed   State = "closed"   // by a person's decision only, never by a verdict or a release
	Withheld State = "withheld" // consent was withdrawn: not shown, whatever the level says
)

func (State) Known() []string { return known(Open, Dormant, Closed, Withheld) }

// Nature is what sort of statement an event is.
type Nature string

const (
	NatureEvent       Nature = "event"       // it happened, as the source tells it
	NatureLegal       Nature = "legal"       // an act of a court or an authority
	NatureParty       Nature = "party"       // an interested party says so
	NatureOpinion     Nature = "opinion"     //
	NatureSpeculation Nature = "speculation" // never in a title, a summary or a card
	NatureAbsence     Nature = "absence"     // something was looked for and not found
)

func (Nature) Known() []string {
	return known(NatureEvent, NatureLegal, NatureParty, NatureOpinion, NatureSpeculation, NatureAbsence)
}

// EventKind is what happened.
type EventKind string

const (
	Denunciation       EventKind = "denunciation"
	AllegedAct         EventKind = "alleged_act"
	Context            EventKind = "context"
	Claimed            EventKind = "claim"
	CaseOpened         EventKind = "case_opened"
	Search             EventKind = "search"
	Detention          EventKind = "detention"
	Remand             EventKind = "remand"
	RemandExtended     EventKind = "remand_extended"
	ChargeBrought      EventKind = "charge_brought"
	ChargeChanged      EventKind = "charge_changed"
	TransferStart      EventKind = "transfer_start"
	TransferArrival    EventKind = "transfer_arrival"
	HearingScheduled   EventKind = "hearing_scheduled"
	HearingHeld        EventKind = "hearing_held"
	HearingAdjourned   EventKind = "hearing_adjourned"
	HearingClosed      EventKind = "hearing_closed_to_public"
	ProsecutorRequest  EventKind = "prosecutor_request"
	VerdictGiven       EventKind = "verdict"
	Release            EventKind = "release"
	Rearrest           EventKind = "rearrest"
	AppealFiled        EventKind = "appeal_filed"
	AppealDecision     EventKind = "appeal_decision"
	InForce            EventKind = "in_force"
	DesignationAdded   EventKind = "designation_added"
	DesignationRemoved EventKind = "designation_removed"
	MeasureImposed     EventKind = "measure_imposed"
	MeasureLifted      EventKind = "measure_lifted"
	FinePaid           EventKind = "fine_paid"
	PunishmentCell     EventKind = "punishment_cell"
	IllTreatment       EventKind = "ill_treatment_alleged"
	Health             EventKind = "health"
	HungerStrike       EventKind = "hunger_strike"
	CounselDenied      EventKind = "counsel_denied"
	ContactLost        EventKind = "contact_lost"
	ContactRestored    EventKind = "contact_restored"
	PrisonerStatement  EventKind = "prisoner_statement"
	OrgStatement       EventKind = "org_statement"
	LetterLaunched     EventKind = "letter_launched"
	LetterMilestone    EventKind = "letter_milestone"
	LetterDelivered    EventKind = "letter_delivered"
	Meeting            EventKind = "meeting"
	Picket             EventKind = "picket"
	Poster             EventKind = "poster"
	Banner             EventKind = "banner"
	Video              EventKind = "video"
	Stream             EventKind = "stream"
	Congress           EventKind = "congress"
	CongressResolution EventKind = "congress_resolution"
	Coverage           EventKind = "coverage"
	OfficialResponse   EventKind = "official_response"
	FundOpened         EventKind = "fund_opened"
	FundMet            EventKind = "fund_met"
	FundClosed         EventKind = "fund_closed"
	OpinionIssued      EventKind = "opinion_issued"
	FamilyInformed     EventKind = "family_informed" // that the person is held, and where
	Absconded          EventKind = "sought"          // is looked for, or tried in absentia
	Exile              EventKind = "exile"
	Death              EventKind = "death"
)

func (EventKind) Known() []string {
	return known(Denunciation, AllegedAct, Context, Claimed, CaseOpened, Search, Detention, Remand, RemandExtended,
		ChargeBrought, ChargeChanged, TransferStart, TransferArrival, HearingScheduled, HearingHeld, HearingAdjourned,
		HearingClosed, ProsecutorRequest, VerdictGiven, Release, Rearrest, AppealFiled, AppealDecision, InForce,
		DesignationAdded, DesignationRemoved, MeasureImposed, MeasureLifted, FinePaid, PunishmentCell, IllTreatment, Health,
		HungerStrike, CounselDenied, ContactLost, ContactRestored, PrisonerStatement, OrgStatement, LetterLaunched,
		LetterMilestone, LetterDelivered, Meeting, Picket, Poster, Banner, Video, Stream, Congress, CongressResolution,
		Coverage, OfficialResponse, FundOpened, FundMet, FundClosed, OpinionIssued, FamilyInformed, Absconded, Exile, Death)
}

// Action tells whether supporters did it: such events have a list of their own on the page.
func (k EventKind) Action() bool {
	switch k {
	case Meeting, Picket, Poster, Banner, Video, Stream, Congress, CongressResolution, OrgStatement:
		return true
	}
	return false
}

// Hearing tells whether it belongs to what the court did.
func (k EventKind) Hearing() bool {
	switch k {
	case HearingScheduled, HearingHeld, HearingAdjourned, HearingClosed, ProsecutorRequest, VerdictGiven, AppealFiled, AppealDecision, InForce:
		return true
	}
	return false
}

// Hard tells whether the family must know of it before anybody reads it here.
func (k EventKind) Hard() bool {
	switch k {
	case VerdictGiven, AppealDecision, TransferStart, TransferArrival, Health, HungerStrike, IllTreatment, ContactLost, Death:
		return true
	}
	return false
}

// Fund tells whether it is about money collected for the person.
func (k EventKind) Fund() bool { return k == FundOpened || k == FundMet || k == FundClosed }

// SourceKind is what sort of source it is.
type SourceKind string

func (SourceKind) Known() []string {
	return []string{"court_document", "official_register", "official_statement", "prisoner", "counsel", "relative", "court_listener",
		"eyewitness", "campaign", "ngo_dataset", "independent_media", "state_media", "social_post", "academic", "intergovernmental", "anonymous"}
}

// Reliability of a source, A (reliable) to F (cannot be judged), apart from how credible a single statement is.
type Reliability string

func (Reliability) Known() []string { return []string{"A", "B", "C", "D", "E", "F"} }

// Interest is whether the source has a side.
type Interest string

const (
	InterestParty Interest = "party" // party to the campaign
	InterestNone  Interest = "none"
)

func (Interest) Known() []string { return known(InterestParty, InterestNone) }

// Role is how someone is bound to the case. Private persons appear by it alone.
type Role string

const (
	RolePrisoner     Role = "prisoner"
	RoleCounsel      Role = "counsel"
	RoleRelative     Role = "relative"
	RoleAccuser      Role = "accuser"
	RoleWitness      Role = "witness"
	RoleJudge        Role = "judge"
	RoleProsecutor   Role = "prosecutor"
	RoleInvestigator Role = "investigator"
	RoleOfficial     Role = "official"
	RoleOrganiser    Role = "organiser"
	RoleFigure       Role = "public_figure" // known for a public function, and no party to the case
)

func (Role) Known() []string {
	return known(RolePrisoner, RoleCounsel, RoleRelative, RoleAccuser, RoleWitness, RoleJudge, RoleProsecutor, RoleInvestigator,
		RoleOfficial, RoleOrganiser, RoleFigure)
}

// Nameless tells whether someone in that role may never be named, whatever else is true of them (R4).
func (r Role) Nameless() bool { return r == RoleAccuser || r == RoleWitness || r == RoleRelative }

// ChargeKind is the charge under a common name; the words as printed stay beside it.
type ChargeKind string

func (ChargeKind) Known() []string {
	return []string{"terrorism_justification", "extremism_call", "false_information", "army_discredit", "insult_authority_religion",
		"treason_espionage", "secret_cooperation", "banned_org_membership", "banned_org_financing", "undesirable_org", "foreign_agent_duties",
		"assembly", "riot", "religious_practice", "desertion_refusal", "sabotage_arson", "violence_official",
		"property_or_economic_pretext", "drugs_pretext", "other_ordinary", "not_disclosed"}
}

// Verdict is what a court decided on guilt.
type Verdict string

const (
	Acquitted Verdict = "acquitted"
	Guilty    Verdict = "guilty"
	Dismissed Verdict = "dismissed"
	Returned  Verdict = "returned"
	Treatment Verdict = "compulsory_treatment"
)

func (Verdict) Known() []string { return known(Acquitted, Guilty, Dismissed, Returned, Treatment) }

// ReleaseKind is how someone came out. Released is an event, never a status: see [Liberty].
type ReleaseKind string

func (ReleaseKind) Known() []string {
	return []string{"never_charged", "dropped", "acquitted", "non_custodial_sentence", "time_served", "served", "parole", "medical",
		"amnesty", "pardon", "exchange", "expulsion", "bail_or_measure_change", "escape", "unknown"}
}

// MeasureKind is a restriction.
type MeasureKind string

const (
	Custody           MeasureKind = "custody"
	Fine              MeasureKind = "fine"
	CashWithdrawalCap MeasureKind = "cash_withdrawal_cap"
	Confiscation      MeasureKind = "confiscation"
	Suspended         MeasureKind = "suspended" // a sentence only
	Works             MeasureKind = "works"     // a sentence only
)

func (MeasureKind) Known() []string {
	return []string{"custody", "house_arrest", "no_leave", "certain_actions_ban", "internet_access_ban", "internet_restriction",
		"site_admin_ban", "teaching_ban", "publishing_ban", "office_ban", "profession_ban", "bank_card_ban", "account_freeze",
		"cash_withdrawal_cap", "labelling_duty", "reporting_duty", "event_ban", "contact_ban", "correspondence_ban", "visit_ban",
		"confiscation", "fine", "supervision", "exit_ban", "suspended", "works"}
}

// Designation is an official label or list under a common name.
type Designation string

func (Designation) Known() []string {
	return []string{"foreign_agent", "extremist_register", "undesirable_organisation"}
}

// Comparator is how a number was told.
type Comparator string

func (Comparator) Known() []string {
	return []string{"about", "more_than", "at_least", "at_most", "less_than"}
}

// Quantity is a number told in words.
type Quantity string

func (Quantity) Known() []string {
	return []string{"several", "dozens", "hundreds", "hundreds_in_all", "thousands", "tens_of_thousands", "unknown"}
}

// Giver is who agreed to a page being public: in that capacity, never by name.
type Giver string

func (Giver) Known() []string { return []string{"prisoner", "family", "lawyer", "proxy"} }

// Scope is what a consent is for.
type Scope string

const (
	ScopeName   Scope = "name" // the page itself: without it there is none
	ScopePhoto  Scope = "photo"
	ScopeLetter Scope = "letter"
	ScopeFund   Scope = "fund"
	ScopePress  Scope = "press"
	ScopeOthers Scope = "others" // to be offered beside other people's pages
	ScopeHealth Scope = "health" // that illness may be told
)

func (Scope) Known() []string {
	return known(ScopeName, ScopePhoto, ScopeLetter, ScopeFund, ScopePress, ScopeOthers, ScopeHealth)
}

// Editor is who of those who run a page approved it: by role, never by name.
type Editor string

func (Editor) Known() []string { return []string{"editor", "second_editor", "lawyer"} }

// Ask is what may be asked for in the person's name, or must not be.
type Ask string

func (Ask) Known() []string {
	return []string{"release", "fair_trial", "medical_care", "transfer_nearer", "visits", "exchange", "clemency", "amnesty", "letters", "parcels", "money"}
}

// Need is what is lacking.
type Need string

func (Need) Known() []string {
	return []string{"whereabouts", "lawyer", "letters", "parcels", "fund", "family", "translators", "observers"}
}

// Visibility is who may see a piece of the case (R3). What is sealed is never kept by this program.
type Visibility string

const (
	ForAll       Visibility = "public"
	ForCoalition Visibility = "coalition"
	ForTeam      Visibility = "team"
	Sealed       Visibility = "sealed"
)

func (Visibility) Known() []string { return known(ForAll, ForCoalition, ForTeam, Sealed) }

// Family is why hard news may be told: the family knows, or everybody does already.
type Family string

func (Family) Known() []string { return []string{"told", "public_already", "none_known"} }

// InstitutionKind is what sort of place or office it is.
type InstitutionKind string

func (InstitutionKind) Known() []string {
	return []string{"court", "prosecution", "police", "security_service", "remand_prison", "prison", "camp", "hospital", "ministry", "registry",
		"parliament", "international_body", "other_place"}
}

// Track is the sort of a proceeding.
type Track string

func (Track) Known() []string {
	return []string{"criminal", "administrative", "civil", "military", "constitutional", "international"}
}

// Stage is how far a proceeding is.
type Stage string

const (
	StageFirst  Stage = "first_instance"
	StageAppeal Stage = "appeal"
)

func (Stage) Known() []string {
	return []string{"pre_investigation", "investigation", "remand_review", "first_instance", "appeal", "cassation", "supreme", "constitutional",
		"enforcement", "international"}
}

// Side is who filed something with a court.
type Side string

const (
	Defence     Side = "defence"
	Prosecution Side = "prosecution"
)

func (Side) Known() []string { return known(Defence, Prosecution) }

// CustodyKind is the sort of custody that an event began.
type CustodyKind string

const (
	CustodyPretrial       CustodyKind = "pretrial"
	CustodyHouse          CustodyKind = "house_arrest"
	CustodyAdministrative CustodyKind = "administrative"
	CustodySentence       CustodyKind = "sentence"
	CustodyTreatment      CustodyKind = "compulsory_treatment"
	CustodyUndisclosed    CustodyKind = "incommunicado" // held, and kept from everybody
	CustodyDenied         CustodyKind = "disappeared"   // held, and it is denied
)

func (CustodyKind) Known() []string {
	return known(CustodyPretrial, CustodyHouse, CustodyAdministrative, CustodySentence, CustodyTreatment, CustodyUndisclosed, CustodyDenied)
}

// Bearing is what a piece of evidence does to a statement.
type Bearing string

const (
	Supports    Bearing = "supports"
	Contradicts Bearing = "contradicts"
	Qualifies   Bearing = "qualifies"
)

func (Bearing) Known() []string { return known(Supports, Contradicts, Qualifies) }

// Credibility of one piece of information, 1 (confirmed by other sources) to 6 (cannot be judged), apart from its source's reliability.
type Credibility string

func (Credibility) Known() []string { return []string{"1", "2", "3", "4", "5", "6"} }

// Field is a value of an event beside which another may stand.
type Field string

const (
	FieldWhen  Field = "when"
	FieldCount Field = "count"
	FieldHeld  Field = "held" // how long, as a source prints it; stands beside our count of days
)

func (Field) Known() []string {
	return known(FieldWhen, "place", "what", FieldCount, "charge", "sentence", "authority", FieldHeld)
}

// IdentifierScheme is a public catalogue.
type IdentifierScheme string

func (IdentifierScheme) Known() []string {
	return []string{"wikidata", "viaf", "orcid", "ovd_info", "memorial", "viasna"}
}

// RecognitionStatus is what a list-keeping body calls the person.
type RecognitionStatus string

func (RecognitionStatus) Known() []string {
	return []string{"political_prisoner", "prisoner_of_conscience", "arbitrarily_detained", "politically_motivated", "scholar_at_risk",
		"journalist_at_risk", "under_review", "other_status"}
}

// RedactionReason is why something was taken out of a public page. It tells a category, never the thing.
type RedactionReason string

func (RedactionReason) Known() []string {
	return []string{"consent_withdrawn", "safety", "defence", "private_person", "minor", "mistake", "order"}
}

// Response is what an official answered.
type Response string

func (Response) Known() []string {
	return []string{"promised_to_examine", "pledged", "token", "declined", "no_response"}
}

// Stance is an organisation's position.
type Stance string

const (
	NoResponse       Stance = "no_response"        // it was asked and did not answer
	NoStatementFound Stance = "no_statement_found" // nobody is known to have asked; somebody looked
)

func (Stance) Known() []string {
	return []string{"lead", "initiated", "joined", "endorsed", "adopted", "called_on_others", "pledged", "promised_to_examine", "token",
		"no_response", "no_statement_found", "declined", "opposed", "retracted"}
}

// Status is how far a statement holds.
type Status string

const (
	Established     Status = "established"
	Reported        Status = "reported"
	AssertedByParty Status = "asserted_by_party"
	Contested       Status = "contested"
	Speculation     Status = "speculation"
	Refuted         Status = "refuted"
	Retracted       Status = "retracted"
	UnknownStatus   Status = "unknown"
)

func (Status) Known() []string {
	return known(Established, Reported, AssertedByParty, Contested, Speculation, Refuted, Retracted, UnknownStatus)
}

// NotTold is what a source leaves out about a restriction.
type NotTold string

func (NotTold) Known() []string { return []string{"period", "payment"} }

// Collected is where money was collected. This program runs no fund: it can only report one.
type Collected string

const Elsewhere Collected = "elsewhere"

func (Collected) Known() []string { return known(Elsewhere) }

// Part is the part of a day.
type Part string

const (
	Morning   Part = "morning"
	ByMorning Part = "by_morning"
	Evening   Part = "evening"
)

func (Part) Known() []string { return known(Morning, ByMorning, Evening) }

// Liberty is where someone stands at a given day, derived from the events and never typed. Released is an event, not a status.
type Liberty string

const (
	AtLiberty          Liberty = "at_liberty_no_measures"
	UnderInvestigation Liberty = "at_liberty_under_investigation"
	UnderMeasures      Liberty = "at_liberty_under_measures" // any live restriction, listing or open appeal
	HouseArrest        Liberty = "house_arrest"
	Administrative     Liberty = "administrative_arrest"
	PretrialDetention  Liberty = "pretrial_detention"
	OnTrialInCustody   Liberty = "on_trial_in_custody"
	AppealInCustody    Liberty = "convicted_appeal_pending_in_custody"
	ServingSentence    Liberty = "serving_sentence"
	InTreatment        Liberty = "compulsory_treatment"
	Undisclosed        Liberty = "in_transit_undisclosed"
	Incommunicado      Liberty = "incommunicado"
	Disappeared        Liberty = "disappeared"
	InAbsentia         Liberty = "wanted_or_tried_in_absentia"
	Exiled             Liberty = "exiled"
	Exchanged          Liberty = "exchanged_or_expelled"
	DiedInCustody      Liberty = "died_in_custody"
	UnknownLiberty     Liberty = "unknown"
)

func (Liberty) Known() []string {
	return known(AtLiberty, UnderInvestigation, UnderMeasures, HouseArrest, Administrative, PretrialDetention, OnTrialInCustody, AppealInCustody,
		ServingSentence, InTreatment, Undisclosed, Incommunicado, Disappeared, InAbsentia, Exiled, Exchanged, DiedInCustody, UnknownLiberty)
}

// Held tells whether it is custody of any kind.
func (l Liberty) Held() bool {
	switch l {
	case HouseArrest, Administrative, PretrialDetention, OnTrialInCustody, AppealInCustody, ServingSentence, InTreatment, Undisclosed, Incommunicado, Disappeared:
		return true
	}
	return false
}
