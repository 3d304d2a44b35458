package relay

import (
	"strings"

	"iodefgw/relay/disclosure"
)

// words is what the letters say for the codes of a draft, in one language. The
// wording states possibilities and asks; it accuses nobody.
type words struct {
	width  int // columns of a label
	label  map[string]string
	found  map[string]string // where the recipient's address came from
	tlp    map[string]string
	asks   map[string]string              // by IODEF action; "" is for all others
	who    map[disclosure.Relation]string // a recipient, by its class
	things map[string]string              // what it may ask for, by the key of the conditions
	ntp    string                         // the reporter's clock
	off    string
	none   string
	cut    string // below the first lines of a log: how many it has
}

func (w words) ask(action string) string {
	if s, ok := w.asks[action]; ok {
		return s
	}
	return w.asks[""]
}

// clock says how far the reporter's clock can be trusted: "ntp", an offset, or "" for unknown.
func (w words) clock(c string) string {
	switch {
	case c == "":
		return w.none
	case strings.EqualFold(c, "ntp"):
		return w.ntp
	}
	return w.off + c
}

var wording = map[string]words{
	"en": {
		width: 16,
		label: map[string]string{
			"source": "Source", "target": "Target", "intermediate": "Intermediate", "sensor": "Sensor",
			"infrastructure": "Infrastructure", "": "Host",
			"start": "Began", "end": "Ended", "detect": "Seen", "type": "Kind", "severity": "Severity",
		},
		found: map[string]string{
			"network":  "our list of contacts, by the network of the address",
			"domain":   "our list of contacts, by the domain of the host",
			"named":    "our list of contacts, named by the reporting site",
			"operator": "our list of contacts, chosen by our staff",
			"":         "our list of contacts",
		},
		tlp: map[string]string{
			"RED":          " (for the named recipients only)",
			"AMBER+STRICT": " (for your organisation only)",
			"AMBER":        " (for your organisation and those it serves who need to know)",
			"GREEN":        " (for your community, not for the public)",
			"CLEAR":        " (no limit)",
		},
		asks: map[string]string{
			"":                    "Please look into the activity and tell us what you find.",
			"nothing":             "Nothing; this is for your information.",
			"block-host":          "Please look into it, and consider blocking the host if you find cause.",
			"block-network":       "Please look into it, and consider blocking the network if you find cause.",
			"block-port":          "Please look into it, and consider blocking the port if you find cause.",
			"rate-limit-host":     "Please look into it, and consider limiting the host's rate.",
			"rate-limit-network":  "Please look into it, and consider limiting the network's rate.",
			"rate-limit-port":     "Please look into it, and consider limiting the port's rate.",
			"remediate-other":     "Please look into it, and mend what you find.",
			"status-triage":       "Please tell us how you judge it.",
			"status-new-info":     "Please tell us when you learn more.",
			"watch-and-report":    "Please keep watch and tell us what you see.",
			"contact-source-site": "Please look into the activity and tell us what you find.",
		},
		who: map[disclosure.Relation]string{
			disclosure.AbuseDesk: "an abuse desk", disclosure.CSIRT: "a CSIRT", disclosure.Peer: "a team that we work with",
			disclosure.Law: "a law enforcement body", disclosure.OwnConstituency: "a site of our constituency", disclosure.Unknown: "a site",
		},
		things: map[string]string{
			"logs": "log evidence (logs)", "my-addresses": "the addresses of your machines (my-addresses)",
			"my-hosts": "the names of your hosts (my-hosts)", "identity": "who you are (identity)", "text": "your description (text)",
			"time": "when it was", "kind": "what kind of incident it is, ports and counts", "theirs": "its own addresses and names",
			"reported": "addresses and names that you accuse", "others": "values of others, as the site's rules allow",
		},
		ntp:  "the reporter's clock is kept by NTP",
		off:  "the reporter's clock is off by ",
		none: "accuracy of the reporter's clock not stated",
		cut:  "[... lines in the attached document: %d]",
	},
	"ja": {
		width: 16,
		label: map[string]string{
			"source": "送信元", "target": "対象", "intermediate": "中継", "sensor": "センサー",
			"infrastructure": "設備", "": "ホスト",
			"start": "開始", "end": "終了", "detect": "検知", "type": "種類", "severity": "深刻度",
		},
		found: map[string]string{
			"network":  "当方の連絡先一覧（アドレスの属するネットワーク）",
			"domain":   "当方の連絡先一覧（ホストの属するドメイン）",
			"named":    "当方の連絡先一覧（情報提供元の指定）",
			"operator": "当方の連絡先一覧（当方担当者の選定）",
			"":         "当方の連絡先一覧",
		},
		tlp: map[string]string{
			"RED":          "（宛先の方限り）",
			"AMBER+STRICT": "（貴組織内限り）",
			"AMBER":        "（貴組織および知る必要のある顧客等限り）",
			"GREEN":        "（コミュニティ内限り、公開不可）",
			"CLEAR":        "（制限なし）",
		},
		asks: map[string]string{
			"":                 "アクセスの事実関係をご確認のうえ、分かったことをお知らせください。",
			"nothing":          "特にございません。ご参考までにお知らせします。",
			"block-host":       "ご確認のうえ、必要に応じて当該ホストの遮断をご検討ください。",
			"block-network":    "ご確認のうえ、必要に応じて当該ネットワークの遮断をご検討ください。",
			"block-port":       "ご確認のうえ、必要に応じて当該ポートの遮断をご検討ください。",
			"remediate-other":  "ご確認のうえ、必要に応じて対処をお願いいたします。",
			"status-triage":    "ご判断の結果をお知らせください。",
			"status-new-info":  "新たに分かったことがあればお知らせください。",
			"watch-and-report": "引き続き監視いただき、状況をお知らせください。",
		},
		who: map[disclosure.Relation]string{
			disclosure.AbuseDesk: "abuse 窓口", disclosure.CSIRT: "CSIRT", disclosure.Peer: "当方と協力関係にあるチーム",
			disclosure.Law: "法執行機関", disclosure.OwnConstituency: "当方の支援対象の組織", disclosure.Unknown: "ある組織",
		},
		things: map[string]string{
			"logs": "ログ（ログ）", "my-addresses": "貴組織の機器のアドレス（自サイトのIPアドレス）",
			"my-hosts": "貴組織のホスト名（自サイトのホスト名）", "identity": "情報提供元のお名前（報告者）", "text": "説明文（説明文）",
			"time": "発生時刻", "kind": "インシデントの種類、ポート、件数", "theirs": "相手側のアドレスと名前",
			"reported": "ご報告で指摘されたアドレスと名前", "others": "第三者に関する値（当方の規則の範囲）",
		},
		ntp:  "情報提供元の時計は NTP で同期",
		off:  "情報提供元の時計のずれ: ",
		none: "情報提供元の時計の精度は不明",
		cut:  "［…添付の文書に全 %d 行があります］",
	},
}

// blanks fill a label up to so many columns; wide characters take two.
func blanks(s string, columns int) string {
	n := 0
	for _, r := range s {
		n++
		if r >= 0x1100 {
			n++
		}
	}
	return strings.Repeat(" ", max(1, columns-n))
}
