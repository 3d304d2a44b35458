package pgp

import (
	"fmt"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"iodefgw/mailgw/message"
)

func TestDump(t *testing.T) {
	dir := os.Getenv("DUMP")
	if dir == "" {
		t.Skip()
	}
	var keys []*Key
	var secrets []*Secret
	files, _ := filepath.Glob(dir + "/*")
	for _, f := range files {
		b, _ := os.ReadFile(f)
		if strings.HasSuffix(f, ".eml") && !strings.Contains(f, "/key-") {
			continue
		}
		if k, err := ReadKeys(b); err == nil {
			keys = append(keys, k...)
			if os.Getenv("V") != "" {
				for _, x := range k {
					fmt.Println("KEY", filepath.Base(f), x.Fingerprint(), x.Algorithm(), x.UserIDs())
				}
			}
		} else if strings.Contains(f, "key") {
			fmt.Println("NOKEY", filepath.Base(f), err)
		}
		for _, pass := range []string{"", "rt-test"} {
			if s, err := ReadSecret(b, []byte(pass)); err == nil {
				secrets = append(secrets, s)
				break
			}
		}
	}
	ring := NewKeyring(keys)
	for _, f := range files {
		if !strings.HasSuffix(f, ".eml") || strings.Contains(f, "/key-") {
			continue
		}
		b, _ := os.ReadFile(f)
		m := message.Parse(b)
		at := time.Now()
		if d, err := mail.ParseDate(m.Header.Get("Date")); err == nil {
			at = d.Add(time.Minute)
		}
		o := Open(m, ring, nil, Policy{}, at)
		for _, s := range secrets {
			o2 := Open(m, ring, s, Policy{}, at)
			if o2.Decrypted {
				o = o2
				break
			}
		}
		tag, signer := o.Decide(func(f string) string { return f })
		fmt.Printf("%s\t%s %s enc=%v dec=%v tags=%v notes=%v\n", filepath.Base(f), tag, signer, o.Encrypted, o.Decrypted, o.Tags, o.Notes)
		for _, s := range o.Signatures {
			fmt.Printf("    sig %s %s %s %s %s issuer=%s %v\n", s.Path, s.Tag, s.Scope, s.Created.Format("2006-01-02"), s.Fingerprint, s.Issuer, at.Format("2006-01-02"))
		}
		for _, d := range append(m.Defects, o.Defects...) {
			fmt.Printf("    defect %v\n", d)
		}
		for _, d := range o.Documents() {
			fmt.Printf("    doc %s %v inline=%v cov=%v err=%v %s\n", d.Format, d.Part.Path, d.Inline, d.Covered, d.Err, d.SHA256()[:8])
		}
	}
}
