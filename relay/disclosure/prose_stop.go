package disclosure

import (
	"slices"
	"strings"
)

// What a sentence that says stop is made of. Each list stands for all pairs with
// the next one.
var (
	refusals = [...]string{"do not ", "don't ", "dont ", "never ", "must not ", "not to be ", "not be "}
	refused  = [...]string{"forward", "relay", "share", "disclose", "pass", "send", "tell", "distribute", "redistribute", "hand over",
		"notify", "contact the", "inform", "publish", "release", "consent", "agree to", "permit", "authori"}

	ends  = [...]string{"stop ", "cease ", "halt ", "refrain from ", "hold off on ", "hold off "}
	ended = [...]string{"forwarding", "relaying", "sharing", "disclosing", "passing", "telling", "notifying", "distributing", "publishing",
		"communicat", "notifications", "disclosure", "sending it", "sending this", "sending the", "sending our", "sending any", "sending log", "sending report", "sending data", "sending information"}

	forbids = [...]string{" is not permitted", " is not allowed", " is prohibited", " is forbidden"}

	// The two stand anywhere in the sentence.
	takesBack = [...]string{"withdraw", "revoke", "retract", "no longer", "撤回", "取り消", "取消", "取り下げ", "取下げ", "しません", "いたしません", "できません"}
	takenBack = [...]string{"consent", "permission", "approval", "agree", "allow", "our report", "同意", "許可", "承諾", "了承", "承認"}

	// In Japanese what is refused comes first, with or without a particle.
	// What is published or served is also what a report asks to have taken down.
	refusedJa  = [...]string{"転送", "開示", "共有", "公開", "提供"}
	particles  = [...]string{"をお", "はお", "を", "は", "も"}
	refusalsJa = [...]string{"しない", "せず", "なさらない", "不可", "禁止", "控え", "見合わせ", "遠慮", "お断り", "断り", "待って", "お待ち"}
	endedJa    = [...]string{"転送", "開示", "共有"}
	endsJa     = [...]string{"中止", "停止", "止め", "とめ", "やめ", "取りやめ", "取り止め"}
	verbsJa    = [...]string{"送らないで", "送らないよう", "伝えないで", "伝えないよう", "知らせないで", "知らせないよう", "渡さないで", "渡さないよう"}

	// These are the whole of a sentence.
	stopWords = [...]string{"stop", "stop all", "please stop", "stop it", "please stop it", "stop please", "stop now", "stop everything", "中止", "停止", "中止してください", "停止してください", "止めてください", "やめてください"}
)

// ours are words of our own letters: the choice of presets.
var ours = strings.NewReplacer("minimal, no-relay", "", "no-relay, ask-me", "", "最小限、転送不可", "", "転送不可、都度確認", "")

// misdirected mark a sentence of those that mail servers put below every mail,
// for whoever it was not meant for.
var misdirected = [...]string{"intended recipient", "in error", "by mistake", "誤って", "誤送信", "心当たり"}

// stops reports whether a folded sentence asks to tell nobody anything more.
func stops(s string) bool {
	if strings.Contains(s, "no-relay") || strings.Contains(s, "転送不可") {
		s = ours.Replace(s)
	}
	s = strings.ReplaceAll(s, " all ", " ")
	if slices.Contains(stopWords[:], strings.Trim(s, " >\"'-*#,;:()「」")) {
		return true
	}
	if rest, ok := strings.CutPrefix(s, "stop"); ok && (strings.IndexAny(rest, ",:;") == 0 || strings.HasPrefix(rest, " -")) {
		return true
	}
	if holdsAny(s, misdirected[:]) {
		return false
	}
	return strings.Contains(s, "no-relay") || strings.Contains(s, "not for disclosure") ||
		holdsPair(s, refusals[:], refused[:]) || holdsPair(s, ends[:], ended[:]) || holdsPair(s, ended[:], forbids[:]) ||
		holdsAny(s, takesBack[:]) && holdsAny(s, takenBack[:]) || !isASCII(s) && stopsJa(s)
}

func stopsJa(s string) bool {
	s = strings.Join(strings.Fields(s), "") // a line may end anywhere
	return holdsPair(s, refusedJa[:], refusalsJa[:], particles[:]...) || holdsPair(s, endedJa[:], endsJa[:], particles[:]...) ||
		holdsAny(s, verbsJa[:])
}

// holdsPair reports whether one of the first stands right before one of the
// second, or with one of the particles between them.
func holdsPair(s string, first, second []string, particles ...string) bool {
	for _, f := range first {
		for _, after, ok := strings.Cut(s, f); ok; _, after, ok = strings.Cut(after, f) {
			if startsAny(after, second) || slices.ContainsFunc(particles, func(p string) bool {
				rest, ok := strings.CutPrefix(after, p)
				return ok && startsAny(rest, second)
			}) {
				return true
			}
		}
	}
	return false
}

func startsAny(s string, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(s, w) })
}
