package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"iodefgw/mailgw/pgp"
)

// sinkProcess is an SMTP server in a process of its own, so that its CPU is
// told apart, which drops every mail and says when it took it.
type sinkProcess struct {
	port  string
	pid   int
	taken chan time.Time
}

// sinkName is the name under which the test binary is such a server.
const sinkName = "iodefgw-sink"

// startSinkProcess starts one that has the real servers' certificate; it ends
// with the test.
func startSinkProcess(t *testing.T, srv map[string]string) *sinkProcess {
	program, err := os.Executable()
	check(t, err)
	c := exec.Command(program)
	c.Args = []string{sinkName}
	c.Env = append(os.Environ(), "RS_DIR="+srv["RS_DIR"])
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	check(t, err)
	out, err := c.StdoutPipe()
	check(t, err)
	check(t, c.Start())
	t.Cleanup(func() { in.Close(); _ = c.Wait() })
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatal("the sink did not start")
	}
	s := &sinkProcess{port: lines.Text(), pid: c.Process.Pid, taken: make(chan time.Time, 1<<16)}
	go func() {
		for lines.Scan() {
			if n, err := strconv.ParseInt(lines.Text(), 10, 64); err == nil {
				s.taken <- time.Unix(0, n)
			}
		}
	}()
	return s
}

// wait returns when the n-th mail from now was taken.
func (s *sinkProcess) wait(t *testing.T, n int) time.Time {
	t.Helper()
	var last time.Time
	for i := range n {
		select {
		case last = <-s.taken:
		case <-time.After(time.Minute):
			t.Fatalf("the sink has taken %d mails of %d, and none for a minute", i, n)
		}
	}
	return last
}

// serveSink is the other side, until its standard input ends.
func serveSink() {
	cert, err := tls.LoadX509KeyPair(os.Getenv("RS_DIR")+"/tls/server.crt", os.Getenv("RS_DIR")+"/tls/server.key")
	if err == nil {
		server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return tellSession{}, nil }))
		server.Domain = "localhost"
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
		var l net.Listener
		if l, err = net.Listen("tcp", "127.0.0.1:0"); err == nil {
			fmt.Println(l.Addr().(*net.TCPAddr).Port)
			go func() { _ = server.Serve(l) }()
			_, err = io.Copy(io.Discard, os.Stdin)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// tellSession says when it has taken a mail whole: its 250 is next.
type tellSession struct{ dropSession }

func (tellSession) Data(r io.Reader) error {
	if _, err := io.Copy(io.Discard, r); err != nil {
		return err
	}
	fmt.Println(time.Now().UnixNano())
	return nil
}

// compareReport is the i-th report: 6 to 10 KB, of a host of its own. A name in
// it is not ASCII, so that the document is in base64, as most programs attach it.
func compareReport(t *testing.T, srv map[string]string, site *pgp.Secret, name string, i int) []byte {
	source := netip.AddrFrom4([4]byte{198, 18 + byte(i>>16), byte(i >> 8), byte(i)})
	seen := time.Now().Add(-time.Hour)
	line := fmt.Sprintf("%s www sshd[812]: Failed password for josé from %s port 40122 ssh2\n", seen.UTC().Format(time.Stamp), source)
	raw, err := BuildReport(ReportInput{
		ID: name + strconv.Itoa(i), Now: time.Now(), Seen: seen,
		Sources: []netip.Addr{source}, Targets: []Target{{Address: netip.MustParseAddr("203.0.113.25")}},
		Port: 22, Log: strings.Repeat(line, 26+i%32), Conditions: "conditions: hide-my-ip", Name: "Site A",
		From: srv["RS_SITEA_ADDR"], To: srv["RS_GW_ADDR"], Sign: site, Random: processEnv().Rand,
	})
	check(t, err)
	if len(raw) < 6000 || len(raw) > 10<<10 {
		t.Fatalf("report %d has %d bytes", i, len(raw))
	}
	return raw
}

// processCPU is what a process has used, with the children it has waited for.
// The kernel counts in hundredths of a second.
func processCPU(pid int) time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, after, _ := bytes.Cut(stat, []byte(") ")) // its name may hold anything
	fields := strings.Fields(string(after))
	ticks := 0
	for _, f := range fields[11:15] { // utime, stime, cutime, cstime of proc(5)
		n, _ := strconv.Atoi(f)
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// treeCPU is that of a process and all that descend from it.
func treeCPU(pid int) time.Duration {
	sum := processCPU(pid)
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, task := range tasks {
		children, _ := os.ReadFile(task)
		for _, c := range strings.Fields(string(children)) {
			if n, err := strconv.Atoi(c); err == nil {
				sum += treeCPU(n)
			}
		}
	}
	return sum
}

// dovecotCPU is that of the real IMAP server.
func dovecotCPU(t *testing.T, srv map[string]string) time.Duration {
	text, err := os.ReadFile(filepath.Join(srv["RS_DIR"], "run", "dovecot", "master.pid"))
	check(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	check(t, err)
	return treeCPU(pid)
}

// freePort is a port that nobody listens on.
func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}
