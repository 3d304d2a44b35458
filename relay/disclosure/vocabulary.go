package disclosure

// The words of the conditions in both languages, as section 7 lists them. They
// are compared after folding: NFKC, lower case, no blanks at the ends.

const (
	beginMark = "-----BEGIN DISCLOSURE CONDITIONS-----"
	endMark   = "-----END DISCLOSURE CONDITIONS-----"
)

var keyNames = [keyCount]struct{ en, ja string }{
	KeyVersion:   {"version", ""},
	KeyPreset:    {"conditions", "条件"},
	KeyRelay:     {"relay", "転送"},
	KeyTo:        {"to", "転送先"},
	KeyStage:     {"stage", "段階"},
	KeyMySite:    {"my-site", "自サイト"},
	KeyLogs:      {"logs", "ログ"},
	KeyAddresses: {"my-addresses", "自サイトのIPアドレス"},
	KeyHosts:     {"my-hosts", "自サイトのホスト名"},
	KeyIdentity:  {"identity", "報告者"},
	KeyText:      {"text", "説明文"},
	KeyTime:      {"time", "時刻"},
	KeyClock:     {"clock", "時計"},
	KeyTLP:       {"tlp", ""},
	KeyUntil:     {"until", "期限"},
	KeyReplace:   {"replace-profile", "既定を置換"},
}

// word is one value of a key with the Action it stands for.
type word struct {
	en, ja string
	act    Action
}

var relayWords = [...]struct {
	en, ja string
	relay  Relay
}{
	{"yes", "可", RelayYes}, {"no", "不可", RelayNo}, {"ask", "確認", RelayAsk},
}

var toWords = [...]struct{ en, ja string }{
	{"source-site", "送信元サイト"}, {"target-site", "対象サイト"}, {"csirt", "CSIRT"},
}

var stageWords = [...]struct {
	stage Stage
	ja    string
}{
	{FirstContact, "初報"}, {Acknowledged, "受領後"}, {Authenticated, "認証後"}, {Trusted, "信頼後"},
}

var (
	logWords      = []word{{"as-is", "そのまま", AsIs}, {"sanitize", "加工", Sanitize}, {"summary", "要約", Summary}, {"no", "不可", Drop}}
	textWords     = []word{{"as-is", "そのまま", AsIs}, {"sanitize", "加工", Sanitize}, {"no", "不可", Drop}}
	hostWords     = []word{{"keep", "開示", Keep}, {"pseudonym", "仮名", Pseudonymise}, {"hide", "伏せる", Mask}}
	identityWords = []word{{"keep", "開示", Keep}, {"hide", "伏せる", Mask}}
	timeWords     = []word{{"second", "秒", Keep}, {"minute", "分", generalise(32, 128, Minute)}, {"hour", "時", generalise(32, 128, Hour)}}
)

var yesNo = [...]struct {
	en, ja string
	yes    bool
}{
	{"yes", "はい", true}, {"no", "いいえ", false},
}
