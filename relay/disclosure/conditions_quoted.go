package disclosure

import (
	"net/netip"
	"strings"
)

// othersWords finds where a text goes on with what somebody else wrote and the
// signer put there: without the marks of quoting, only its form tells.
type othersWords struct {
	fenced bool
	head   headWord // what the line before begins with, as the head of a mail does
	quotes bool     // a line has introduced what somebody wrote
	before string   // the line before
}

// below reports whether a line begins the rest of a text that somebody else wrote.
func (o *othersWords) below(raw string) bool {
	line := strings.TrimSpace(raw)
	if marked := isMarked(line); !marked && o.quotes && line != "" {
		return true // without the marks nothing shows where it ends
	} else if line != "" {
		o.quotes = !marked && introduces(o.before, line)
	}
	o.before = line
	ticks, ok := strings.CutPrefix(line, "```")
	if ok && !strings.Contains(ticks, "`") || strings.HasPrefix(line, "~~~") && !strings.HasPrefix(line, "~~~~") {
		o.fenced = !o.fenced // a longer row of ~ is below a title
	}
	was := o.head
	if o.head = headWordOf(raw); o.head == headGoesOn {
		o.head = was
		return false
	}
	return was|o.head == headFrom|headOther || forwards(raw)
}

// forwards reports whether a line opens somebody else's words, as mail programs
// write it before a forwarded or answered message.
func forwards(raw string) bool {
	t := strings.ToLower(strings.TrimSpace(raw))
	if !strings.HasPrefix(t, "-") {
		return t == "begin forwarded message:"
	}
	t = strings.Trim(t, "- ")
	for _, mark := range [...]string{"original message", "forwarded message", "元のメッセージ", "転送メッセージ"} {
		if strings.HasPrefix(t, mark) {
			return true
		}
	}
	return false
}

// isMarked reports whether a line has a mark of quoting.
func isMarked(line string) bool {
	return strings.HasPrefix(line, ">") || strings.HasPrefix(line, "＞") || strings.HasPrefix(line, "|")
}

// introduces reports whether a line ends the words that mail programs put before
// an answered mail: when it was written and by whom. They break them where a line
// is full: what stands before goes on here unless it ends a sentence.
func introduces(before, line string) bool {
	if last := line[len(line)-1]; last != ':' && last < 0x80 {
		return false
	}
	line = line[max(0, len(line)-200):]
	if before = before[max(0, len(before)-200):]; !strings.HasSuffix(before, ".") && !strings.HasSuffix(before, "。") {
		line = before + " " + line
	}
	verb, ok := strings.CutSuffix(emphasis.Replace(fold(line)), ":")
	if !ok || !strings.ContainsAny(verb, "@0123456789") {
		return false
	}
	verb = strings.TrimSpace(verb) + " "
	for _, wrote := range [...]string{" wrote ", " writes ", " a écrit ", "書きました ", "のメール ", "写道 ", "寫道 ", "님이 작성 "} {
		if strings.HasSuffix(verb, wrote) {
			return true
		}
	}
	for _, wrote := range [...]string{" wrote on ", " schrieb ", " escribió ", " escreveu ", " ha scritto ", " schreef ", " skrev ", " написал ", " napisał ", " napisał(a) "} { // and then by whom
		if strings.Contains(verb, wrote) {
			return true
		}
	}
	from := strings.LastIndexByte(verb, '<') // "2026年11月20日(金) 12:00 GW CSIRT <ir@gw.example.org>:"
	return from >= 0 && strings.HasSuffix(verb, "> ") && strings.Contains(verb[from:], "@") && strings.ContainsAny(verb[:from], "0123456789")
}

// headWord says what a line of the head of a mail is.
type headWord uint8

const (
	headFrom   headWord = 1 << iota // who wrote it
	headOther                       // when, about what, by which way
	headGoesOn                      // no more than the rest of the line before
)

// The words that mail programs put before an answered or forwarded mail, in the
// languages that they speak, and those of a mail that is pasted as it came. To
// whom it went says nothing by itself.
var (
	headFroms  = " from sender return-path von de da van från fra od 差出人 送信者 发件人 寄件者 보낸사람 от "
	headOthers = " sent date subject received message-id delivered-to reply-to gesendet datum betreff envoyé objet enviado fecha asunto inviato oggetto data verzonden onderwerp assunto " +
		"送信日時 日時 日付 件名 发送时间 日期 主题 寄件日期 主旨 보낸날짜 날짜 제목 отправлено дата тема "
	headTos = " to cc bcc an à para a aan till til do 宛先 收件人 抄送 收件者 받는사람 кому "
)

func headWordOf(raw string) headWord {
	if raw != "" && (raw[0] == ' ' || raw[0] == '\t') && strings.TrimSpace(raw) != "" {
		return headGoesOn
	}
	line := fold(raw[:min(len(raw), 100)])
	word, rest, ok := strings.Cut(line, ":")
	if box := strings.HasPrefix(line, "from ") && strings.Contains(line, "@"); box || !ok {
		if box {
			return headFrom // as a mailbox of Unix begins a mail
		}
		return 0
	}
	word = " " + strings.Join(strings.Fields(emphasis.Replace(word)), "") + " "
	switch {
	case strings.Contains(headFroms, word):
		if rest = strings.TrimSpace(emphasis.Replace(rest)); isWhere(rest) {
			return 0 // from where an attack came
		}
		return headFrom
	case strings.Contains(headOthers, word):
		return headOther
	case strings.Contains(headTos, word), strings.Contains(word, "-"): // X-Spam, MIME-Version
		return headGoesOn
	}
	return 0
}

// isWhere reports whether an address, a network or a time stands there, not a person.
func isWhere(s string) bool {
	if s == "" || strings.Contains(s, "@") {
		return false
	}
	first, _, _ := strings.Cut(s, " ")
	_, err := netip.ParseAddr(first)
	return err == nil || s[0] >= '0' && s[0] <= '9'
}
