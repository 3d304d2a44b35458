package message

import (
	"path/filepath"
	"strings"
	"testing"
)

func kindOf(t testing.TB, file string) Kind {
	m := Parse(read(t, file))
	return Classify(m, m.Root, Documents(m.Root))
}

func TestKinds(t *testing.T) {
	for _, c := range []struct {
		name, mail string
		want       Kind
	}{
		{"a document", "Subject: x\n\n" + iodef2 + "\n", KindReport},
		{"a document, marked automatic", "Auto-Submitted: auto-replied\nIn-Reply-To: <a@b>\n\n" + iodef2 + "\n", KindReport},
		{"free text with an address", "Subject: attack\n\nFrom 198.51.100.23 to us\n", KindReport},
		{"the same, defanged", "Subject: phishing\n\nhxxp://example.net/ on 198[.]51[.]100[.]23\n", KindReport},
		{"free text", "Subject: hello\n\nHow are you?\n", KindOther},
		{"a reply", "Subject: Re: x\nIn-Reply-To: <a@b>\n\nWe handled 198.51.100.23.\n", KindReply},
		{"a vacation notice", "Subject: Automatic reply: x\n\nI am away\n", KindAutoReply},
		{"a vacation notice in German", "Subject: Abwesenheitsnotiz: x\n\nBin weg\n", KindAutoReply},
		{"one in French", "Subject: =?utf-8?Q?Absence_du_bureau_=3A_x?=\n\nAbsent\n", KindAutoReply},
		{"one that says it answers", "Subject: Re: Out of office\n\nI am away\n", KindAutoReply},
		{"one of vacation(1)", "Subject: Re: x\nX-Mailer: vacation 1.2\n\nI am away\n", KindAutoReply},
		{"one marked so", "Subject: RE: x\nX-Auto-Reply: yes\n\nI am away\n", KindAutoReply},
		{"a report of smishing", "Subject: 不在通知を装ったSMS\n\nhxxp://example.net/\n", KindReport},
		{"a report of a sensor", "Subject: 【自動送信】検知\nX-Loop: sensor\n\n198.51.100.23\n", KindReport},
		{"RFC 3834", "Subject: Re: x\nAuto-Submitted: auto-replied\nIn-Reply-To: <a@b>\n\nReceived\n", KindAutoReply},
		{"RFC 3464", "Content-Type: multipart/report; report-type=delivery-status; boundary=q\n\n--q\n\nx\n--q--\n", KindBounce},
		{"RFC 8098", "Content-Type: multipart/report; report-type=disposition-notification; boundary=q\n\n--q\n\nx\n--q--\n", KindAutoReply},
		{"RFC 8460", "Content-Type: multipart/report; report-type=tlsrpt; boundary=q\n\n--q\n\nx\n--q--\n", KindOther},
		{"an old bounce", "From: MAILER-DAEMON@example.net\nSubject: Returned mail: see transcript\n\nfailed for 198.51.100.23\n", KindBounce},
	} {
		m := Parse([]byte(c.mail))
		if got := Classify(m, m.Root, Documents(m.Root)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// Real incident reports that a ticket system marks auto-replied stay reports;
// what only looks like a bounce is none.
func TestKindsOfRealMails(t *testing.T) {
	for _, f := range sharedFiles(t, "autoreply/*.eml") {
		want := KindAutoReply
		if strings.Contains(f, "__nksc.") {
			want = KindReport
		}
		if got := kindOf(t, f); got != want {
			t.Errorf("%s: %s, want %s", filepath.Base(f), got, want)
		}
	}
	for _, f := range sharedFiles(t, "notincident/*.eml") {
		if got := kindOf(t, f); got == KindReport || got == KindBounce {
			t.Errorf("%s: %s", filepath.Base(f), got)
		}
	}
	for class, least := range map[string]int{"dsn": 85, "arf": 100, "iodefmail": 100, "xarf": 100, "abusemail": 70} {
		want := KindReport
		if class == "dsn" {
			want = KindBounce
		}
		files, n := sharedFiles(t, class+"/*.eml"), 0
		for _, f := range files {
			if kindOf(t, f) == want {
				n++
			}
		}
		if n*100 < len(files)*least {
			t.Errorf("%s: %d of %d are %s", class, n, len(files), want)
		}
	}
}

func TestAutomatic(t *testing.T) {
	for field, want := range map[string]bool{
		"Auto-Submitted: no": false, "Auto-Submitted: auto-generated": true, "Auto-Submitted: auto-replied (vacation); x=y": true,
		"Precedence: bulk": true, "Precedence: first-class": false, "List-Id: <a.example>": true, "Return-Path: <>": true, "Subject: x": false,
		"X-Loop: abuse@a.example": true, "X-OTRS-Loop: yes": true, "X-Auto-Response-Suppress: All": true, "X-Mailer: vacation 1.2": true,
		"Subject: 不在通知": true, "Subject: Re: =?utf-8?B?44CQ6Ieq5YuV6YCB5L+h44CR?=": true, "Subject: Re: your notice": false, "X-Mailer: Vacationer": false,
	} {
		if got := Parse([]byte(field + "\n\n")).Header.Automatic(); got != want {
			t.Errorf("%s: %v", field, got)
		}
	}
}

// An attached mail that is cut short is evidence and holds nothing up, unless
// the document is in it.
func TestDecisiveDefects(t *testing.T) {
	cut := "Content-Type: multipart/mixed; boundary=q\n\n--q\nContent-Type: text/xml\n\n" + iodef2 +
		"\n--q\nContent-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=r\n\n--r\n\nx\n--q--\n"
	m := Parse([]byte(cut))
	if len(m.Defects) != 1 || len(Decisive(m.Defects, Documents(m.Root))) != 0 {
		t.Errorf("defects %v, decisive %v", m.Defects, Decisive(m.Defects, Documents(m.Root)))
	}
	m = Parse([]byte(strings.Replace(cut, "--r\n\nx\n", "--r\nContent-Type: text/xml\n\n"+iodef2+"\n", 1)))
	if len(Decisive(m.Defects, Documents(m.Root))) != 1 {
		t.Errorf("decisive %v", Decisive(m.Defects, Documents(m.Root)))
	}
}
