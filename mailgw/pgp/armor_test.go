package pgp

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
)

// Our armor is the library's, checksum and all, for data of every length around
// a line.
func TestArmorIsTheLibrarys(t *testing.T) {
	random := rand.NewChaCha8([32]byte{1})
	for n := range 200 {
		data := make([]byte, n)
		random.Read(data)
		var want bytes.Buffer
		w, err := armor.Encode(&want, armorMessage, nil)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(data)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		got := string(appendArmor(nil, armorMessage, data, "\r\n"))
		if strings.ReplaceAll(got, "\r\n", "\n") != want.String()+"\n" && n > 0 {
			t.Fatalf("%d bytes:\n%s\nwant\n%s", n, got, want.String())
		}
		a, err := dearmor([]byte(got))
		if err != nil || !bytes.Equal(a.data, data) {
			t.Fatalf("%d bytes read back: %v", n, err)
		}
	}
}

// Nothing is sealed to a subkey that is bound with SHA-1, unless that is long
// ago.
func TestCanEncryptBySHA1(t *testing.T) {
	for _, c := range []struct {
		name string
		want bool
	}{{"sha1-2016", true}, {"sha1-encryption-2016", true}, {"sha1-encryption-2020", false}} {
		keys, err := ReadKeys(read(t, mails+"/keys/"+c.name+".asc"))
		if err != nil {
			t.Fatal(err)
		}
		if got := keys[0].CanEncrypt(received); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
