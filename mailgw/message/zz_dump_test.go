package message

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDump(t *testing.T) {
	if os.Getenv("DUMP") == "" {
		t.Skip()
	}
	counts := map[string]int{}
	filepath.Walk(os.Getenv("DUMP"), func(f string, fi os.FileInfo, err error) error {
		if fi.IsDir() || !(strings.HasSuffix(f, ".eml") || strings.HasSuffix(f, ".mbox")) {
			return nil
		}
		b, _ := os.ReadFile(f)
		m := Parse(b)
		docs := Documents(m.Root)
		fm, ferr := m.Header.From()
		k := Classify(m, docs)
		dir := filepath.Base(filepath.Dir(f))
		counts[dir+" total"]++
		counts[dir+" kind "+string(k)]++
		fmt.Println("KIND", dir, k, filepath.Base(f), m.Header.Values("Subject"))
		seen := map[string]bool{}
		for _, d := range m.Defects {
			if !seen[d.Tag] {
				counts[dir+" "+d.Tag]++
				seen[d.Tag] = true
			}
			if d.Tag != TagMalformed || os.Getenv("V") != "" {
				fmt.Println(dir, filepath.Base(f), d)
			}
		}
		if ferr != nil {
			counts[dir+" badfrom"]++
			fmt.Printf("%s %s FROM %v %q\n", dir, filepath.Base(f), fm, m.Header.Values("From"))
		}
		for _, d := range docs {
			counts[dir+" doc "+d.Format]++
			if d.Err != nil {
				fmt.Println("DOCERR", f, d.Err)
			}
		}
		if len(docs) == 0 {
			counts[dir+" nodoc"]++
			if dir == "xarf" || dir == "arf" || dir == "iodefmail" {
				fmt.Println("NODOC", dir, filepath.Base(f))
			}
		}
		if len(docs) > 1 {
			fmt.Println("MULTI", dir, filepath.Base(f), len(docs))
		}
		return nil
	})
	for k, v := range counts {
		fmt.Println("COUNT", k, v)
	}
}
