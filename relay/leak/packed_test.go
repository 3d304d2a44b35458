package leak

import (
	"encoding/base64"
	"fmt"
	"testing"
)

// An address alone that is compressed is short, and shows nothing but the bytes
// that it begins with.
func TestCase_145_ShortAndCompressed(t *testing.T) {
	for k := range 60 {
		address := fmt.Sprintf("203.%d.113.%d", k, 201+k%50)
		s := compile(t, Value{IPv4, address, 1})
		for _, packed := range [][]byte{zl([]byte(address)), gz([]byte(address))} {
			found(t, s, 1, mail("it is "+base64.RawStdEncoding.EncodeToString(packed)+" there"))
		}
	}
}
