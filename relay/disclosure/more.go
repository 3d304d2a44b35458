package disclosure

import (
	"slices"
	"strings"
)

// askable are the keys of which a recipient may ask for more.
var askable = [...]Key{KeyLogs, KeyAddresses, KeyHosts, KeyIdentity, KeyText}

// More lists what report k holds for this recipient and keeps back by its
// requester's word alone: the keys that would tell it more, here and now, if
// the requester loosened them. What a stage, a channel or the site's own rules
// keep back is not in it: no answer of the requester would change that.
func (r *Result) More(k int) []Key {
	if k < 0 || k >= len(r.in.Reports) {
		return nil
	}
	open := r.in.Reports[k].Conditions
	if open == nil {
		open = &Conditions{}
	}
	all := *open
	all.said = 1<<keyCount - 1
	all.Relay, all.To, all.Stage = RelayYes, []string{"party:" + r.in.Recipient.ID}, FirstContact
	all.Logs, all.Addresses, all.Hosts, all.Identity, all.Text, all.Time = AsIs, Keep, Keep, Keep, AsIs, Keep
	all.Until, all.Replace = r.in.Now, true
	in := r.in
	in.Reports = slices.Clone(in.Reports)
	in.Reports[k].Conditions, in.Reports[k].Elements = &all, nil
	then := Decide(in)
	var keys []Key
	for i := range in.Cells {
		key, ok := consentKey(in.Cells[i].Class.bit())
		if ok && int(in.Cells[i].Report) == k && slices.Contains(askable[:], key) && !slices.Contains(keys, key) &&
			!then.Decisions[i].Action.atMost(r.Decisions[i].Action) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// Thing is the word for a class of thing, for saying what was told without
// saying it: of the requester's own the key that speaks for it.
func Thing(class Class, owner Owner) string {
	bit := class.bit()
	key, ok := consentKey(bit)
	switch {
	case ok && key == KeyTime:
		return "time"
	case ok && key == KeyRelay, owner == OwnerNeutral:
		return "kind"
	case ok && (owner == OwnerMine || bit&(containers|bitBinary) != 0):
		return key.String()
	case owner == OwnerRecipient:
		return "theirs"
	case owner == OwnerReported:
		return "reported"
	}
	return "others"
}

// String is the key as it stands in a block of conditions, in English.
func (k Key) String() string {
	if int(k) < len(keyNames) {
		return keyNames[k].en
	}
	return ""
}

// Words that make a sentence ask for something, and those that take it back.
var (
	askWords = [...]string{"send", "share", "provide", "give us", "forward", "let us have", "need", "request", "would like", "could you", "can you", "can we",
		"may we", "is it possible", "what is", "what was", "what are", "what were", "which host", "which address", "which ip",
		"who is", "who was", "without", "do you have", "are there", "送付", "送って", "お送り", "提供", "共有", "開示", "教えて", "お知らせ", "いただけ", "頂け", "ください", "下さい", "希望", "必要", "何ですか", "何でしょうか", "どれですか", "どちらですか", "誰ですか"}
	noAskWords = [...]string{"no need", "not need", "n't need", "not necessary", "not required", "do not send", "don't send", "we will send", "we will provide",
		"we will share", "we will forward", "we'll send", "further notice", "further delay", "further ado", "more delay", "what is more", "不要", "必要はありません", "必要ありません", "お送りします", "送付します", "お知らせします", "お送りいたします", "送付いたします"}
)

// askNouns are what is asked for. KeyVersion stands for whatever there is.
var askNouns = [...]struct {
	word string
	key  Key
}{
	{"log", KeyLogs}, {"evidence", KeyLogs}, {"pcap", KeyLogs}, {"packet", KeyLogs}, {"ログ", KeyLogs}, {"証跡", KeyLogs}, {"記録", KeyLogs},
	{"target address", KeyAddresses}, {"destination", KeyAddresses}, {"target ip", KeyAddresses}, {"victim", KeyAddresses}, {"attacked address", KeyAddresses},
	{"宛先アドレス", KeyAddresses}, {"宛先ip", KeyAddresses}, {"宛先のアドレス", KeyAddresses}, {"宛先のip", KeyAddresses}, {"接続先アドレス", KeyAddresses}, {"接続先ip", KeyAddresses},
	{"接続先のアドレス", KeyAddresses}, {"接続先のip", KeyAddresses}, {"対象アドレス", KeyAddresses}, {"対象のアドレス", KeyAddresses}, {"被害", KeyAddresses},
	{"host name", KeyHosts}, {"hostname", KeyHosts}, {"which host", KeyHosts}, {"ホスト名", KeyHosts},
	{"who reported", KeyIdentity}, {"reporter", KeyIdentity}, {"reporting site", KeyIdentity}, {"報告者", KeyIdentity}, {"情報提供元", KeyIdentity},
	{"description", KeyText}, {"説明文", KeyText},
	{"more", KeyVersion}, {"further", KeyVersion}, {"additional", KeyVersion}, {"detail", KeyVersion}, {"詳細", KeyVersion}, {"詳しい", KeyVersion}, {"追加", KeyVersion},
}

// Asks reads from the prose of a recipient's answer what more it asks for. It
// errs on the side that costs a question: nothing is told by it. Lines that
// are quoted, and all below the head of a quoted mail, are our own words.
func Asks(text string) []Key {
	var b strings.Builder
	for line := range strings.Lines(text[:min(len(text), 256<<10)]) {
		line = strings.TrimSpace(line)
		low := strings.ToLower(line)
		if strings.HasPrefix(line, "-----Original") || strings.HasPrefix(low, "on ") && strings.HasSuffix(low, "wrote:") || strings.HasPrefix(line, "From: ") {
			break
		}
		key, _, pair := strings.Cut(fold(line), ":")
		if !strings.HasPrefix(line, ">") && !(pair && keyOf(strings.TrimSpace(key)) != keyCount) { // conditions of its own ask nothing
			b.WriteString(line + " ") // a sentence may go over lines
			if line == "" {
				b.WriteString(". ")
			}
		}
	}
	var keys []Key
	for s := range sentences(b.String()) {
		if !holdsAny(s, askWords[:]) || holdsAny(s, noAskWords[:]) || needsNone(s) || stops(s) {
			continue
		}
		for _, n := range askNouns {
			switch {
			case !strings.Contains(s, n.word):
			case n.key == KeyVersion:
				keys = append(keys, askable[:]...)
			default:
				keys = append(keys, n.key)
			}
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// needsNone recognises "no logs needed".
func needsNone(s string) bool {
	_, after, ok := strings.Cut(" "+s, " no ")
	return ok && (strings.Contains(after, "needed") || strings.Contains(after, "required") || strings.Contains(after, "necessary"))
}

func holdsAny(s string, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(s, w) })
}
