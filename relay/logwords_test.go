package relay

import "testing"

// namedElsewhere is a report that names elsewhere what its log tells, too.
func namedElsewhere() parts {
	handles := ""
	for _, h := range []string{"hmori", "bob", "root", `EXAMPLE\jdoe`, "10027"} {
		handles += `<RegistryHandle registry="local">` + h + `</RegistryHandle>`
	}
	files := ""
	for _, f := range []string{`C:\Users\x\upd7.exe`, "/var/www/up/drop7.php", `\\fs01\share\plan.docx`} {
		files += `<File><FileName>` + f + `</FileName></File>`
	}
	return parts{
		contacts: `<Contact role="tech" type="person"><ContactName>森 花子</ContactName>` + handles + `</Contact>
  <Contact role="tech" type="organization"><ContactName>Acme Networks Co., Ltd.</ContactName><ContactName>株式会社サンプル</ContactName></Contact>`,
		node:   `<Address category="mac">00:00:5e:00:53:01</Address><Address category="asn">64496</Address>`,
		record: `<Record><RecordData><FileData>` + files + `</FileData></RecordData></Record>`,
	}
}

// TestPathsInTheLog: programs that quote a path double what parts its names.
func TestPathsInTheLog(t *testing.T) {
	logsTold(t, certU(), "conditions: hide-my-ip\n", namedElsewhere(), []inLog{
		{`{"image":"C:\\Users\\x\\upd7.exe","from":"\\Device\\Users\\x\\upd7.exe"}`, `{"image":"[withheld:path]","from":"\\Device\\Users\\x\\upd7.exe"}`},
		{`{"image":"C:\\\\Users\\\\x\\\\upd7.exe"} {"f":"\/var\/www\/up\/drop7.php"}`, `{"image":"[withheld:path]"} {"f":"[withheld:path]"}`},
		{"POST //var//www/up/drop7.php file:///C:/Users/x/upd7.exe", "POST [withheld:path] file:///[withheld:path]"},
		{`\\fs01\share\plan.docx //fs01/share/plan.docx fs01\share\plan.docx \\\\fs01\\share\\plan.docx`, "[withheld:path] [withheld:path] [withheld:path] [withheld:path]"},
		{"ftp://anna@198.51.100.77/var/www/up/drop7.php ftp://anna:p@198.51.100.77//var/www/up/drop7.php", "ftp://[withheld:account]@198.51.100.77[withheld:path] ftp://[withheld:account]@198.51.100.77[withheld:path]"},
		{"ftp://198.51.100.77/var/www/up/drop7.php", "ftp://198.51.100.77/var/www/up/drop7.php"},
	})
}

// TestAccountsInTheLog: an account of every machine counts where a word says that
// it is one, or where another one stands before it: of that the mask will say so.
func TestAccountsInTheLog(t *testing.T) {
	logsTold(t, certU(), "conditions: hide-my-ip\n", namedElsewhere(), []inLog{
		{"Failed password for invalid user bob from 198.51.100.77, /root/bob", "Failed password for invalid user [withheld:account] from 198.51.100.77, /root/bob"},
		{"Failed password for bob from 198.51.100.77", "Failed password for [withheld:account] from 198.51.100.77"},
		{`user=bob user="root" (set_id=bob) {"login": "root"} uid=10027 as:bob`, `user=[withheld:account] user="[withheld:account]" (set_id=bob) {"login": "[withheld:account]"} uid=[withheld:account] as:[withheld:account]`},
		{`<Data Name="TargetUserName">bob</Data><Data Name='SubjectUserName'>root</Data>`, `<Data Name="TargetUserName">[withheld:account]</Data><Data Name='SubjectUserName'>[withheld:account]</Data>`},
		{"login=&quot;root&quot; &lt;user&gt;bob&lt;", "login=&quot;[withheld:account]&quot; &lt;user&gt;[withheld:account]&lt;"},
		{"by hmori (root), hmori, then bob", "by [withheld:account] ([withheld:account]), [withheld:account], then bob"},
		{"hmori</b><b>bob user", "[withheld:account]</b><b>[withheld:account] user"},
		{`{"u":"EXAMPLE\\jdoe"} EXAMPLE/jdoe [EXAMPLE]\[jdoe]`, `{"u":"[withheld:account]"} [withheld:account] [[withheld:account]]`},
		{`"User:\t\tbob\r\n\thmori\n"`, `"User:\t\t[withheld:account]\r\n\t[withheld:account]\n"`},
		{"user\nbob", "user\nbob"},
	})
}

// TestNumbersInTheLog: AS numbers beside a word that says so, and a MAC in one piece.
func TestNumbersInTheLog(t *testing.T) {
	logsTold(t, certU(), "conditions: hide-my-ip\n", namedElsewhere(), []inLog{
		{"origin AS64496, origin: 64496 64496, port 64496", "origin [withheld:asn], origin: [withheld:asn] [withheld:asn], port 64496"},
		{"AS path 64511 64496", "AS path 64511 [withheld:asn]"},
		{"client 00005E005301, id 00005e0053ff", "client [withheld:mac], id 00005e0053ff"},
	})
}

// TestCompaniesInTheLog: what says only that a name is of a company is left out, and
// which marks stand in a name does not matter.
func TestCompaniesInTheLog(t *testing.T) {
	logsTold(t, certU(), "conditions: hide-my-ip\n", namedElsewhere(), []inLog{
		{"Acme Networks Co Ltd; acme-networks, ACME NETWORKS CO.,LTD.", "[withheld:org]; [withheld:org], [withheld:org]."},
		{"サンプル株式会社 （株）サンプル サンプル(株) ㈱サンプル", "[withheld:org] （[withheld:org] [withheld:org]) [withheld:org]"},
	})
}

// TestLabelsInTheLog: the DNS server of Windows writes the length of each label,
// a directory a mark before it, a mail system a name in an encoded word.
func TestLabelsInTheLog(t *testing.T) {
	logsTold(t, certU(), hideHosts, namedElsewhere(), []inLog{
		{"Q A (3)www(7)example(2)co(2)jp(0) from 198.51.100.77", "Q A (3)[withheld:hostname](0) from 198.51.100.77"},
		{"Q PTR (2)25(3)113(1)0(3)203(7)in-addr(4)arpa(0)", "Q PTR (2)[withheld:hostname](0)"},
		{"f(1)(0) (2)no (0)", "f(1)(0) (2)no (0)"},
		{"ou=People,dc=example,dc=co,dc=jp; adc=x,dc=y", "ou=People,dc=[withheld:hostname]; adc=x,dc=y"},
		{"OU=People, DC=example, DC=co, DC=jp", "OU=People, DC=[withheld:hostname]"},
		{"To: =?UTF-8?B?5qOuIOiKseWtkA==?= =?iso-2022-jp?B?GyRCPzkbKEIgGyRCMlY7UhsoQg==?= <a@isp-r.example>", "To: [withheld:org] [withheld:org] <a@isp-r.example>"},
		{"=?UTF-8?Q?To_=E6=A3=AE=E8=8A=B1=E5=AD=90_CSIRT?= w", "[withheld:org] w"},
		{"=?UTF-8?Q?=E6=A3=AE?= =?UTF-8?Q?=E8=8A=B1=E5=AD=90?= =?x?=?", "[withheld:org] =?x?=?"},
		{`"x\nwww.example.co.jp\tw.isp-r.example\n00:00:5e:00:53:01 \\nas.isp-r.example"`, `"x\[withheld:hostname]\tw.isp-r.example\n[withheld:mac] \\nas.isp-r.example"`},
	})
}

// TestAPathOfEveryLog: one that is too common to look for stands as it is.
func TestAPathOfEveryLog(t *testing.T) {
	p := parts{record: `<Record><RecordData><FileData><File><FileName>/tmp</FileName></File><File><FileName>index</FileName></File></FileData></RecordData></Record>`}
	logsTold(t, certU(), "conditions: hide-my-ip\n", p, []inLog{{"/tmp index", "/tmp index"}})
}
