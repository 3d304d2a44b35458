package leak

import (
	"encoding/hex"
	"fmt"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
)

// A Japanese name is found in blobs too short to show their charset: its words
// together, apart or with a full-width blank, its kana in half width.
func TestCase_146_ShortBlobsOfNames(t *testing.T) {
	charsets := map[string]encoding.Encoding{
		"shift_jis": japanese.ShiftJIS, "euc-jp": japanese.EUCJP, "utf-8": unicode.UTF8,
		"utf-16le": unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "utf-16be": unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
		"utf-16 with mark": unicode.UTF16(unicode.LittleEndian, unicode.UseBOM),
	}
	for _, c := range []struct {
		value Value
		texts []string
	}{
		{Value{Name, "田中 太郎", 1}, []string{"田中太郎", "田中 太郎", "田中　太郎", "担当は田中太郎です", "担当は 田中太郎 です。よろしくお願いします。"}},
		{Value{Name, "タナカ ゴロウ", 1}, []string{"タナカゴロウ", "ﾀﾅｶ ｺﾞﾛｳ", "ﾀﾅｶｺﾞﾛｳ", "担当ﾀﾅｶ ｺﾞﾛｳです"}},
		{Value{Name, "株式会社サンプル通信", 1}, []string{"株式会社ｻﾝﾌﾟﾙ通信 御中"}},
		{Value{Domain, "日本語ドメイン.jp", 1}, []string{"日本語ドメイン.jp"}},
		{Value{Text, "東京都 港区", 1}, []string{"東京都港区"}},
	} {
		s := compile(t, c.value)
		for name, table := range charsets {
			for _, text := range c.texts {
				b, err := table.NewEncoder().Bytes([]byte(text))
				if err != nil {
					t.Fatal(err)
				}
				escaped := ""
				for _, x := range b {
					escaped += fmt.Sprintf(`\x%02x`, x)
				}
				for _, e := range []string{b64(b), hex.EncodeToString(b), percentAll(string(b)), escaped, b64(gz(b))} {
					if len(found(t, s, 1, mail("<x>"+e+"</x>"))) == 0 {
						t.Errorf("%q in %s", text, name)
					}
				}
			}
		}
	}
	s := compile(t, Value{Name, "田中 太郎", 1})
	b, _ := japanese.ShiftJIS.NewEncoder().Bytes([]byte("田中次郎"))
	clean(t, s, mail(b64(b)))
}

func TestCase_146_HalfWidthInISO2022JP(t *testing.T) {
	s := compile(t, Value{Name, "タナカ タロウ", 1})
	found(t, s, 1, mail("\x1b(I@E6 @[3\x1b(B"))
	found(t, s, 1, mail("\x1b$BC4Ev\x1b(I@E6@[3\x1b$B$G$9\x1b(B"))
}
