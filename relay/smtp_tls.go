package relay

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
)

// TLSMode is how a connection to our own mail server is protected.
type TLSMode string

const (
	TLSImplicit      TLSMode = "implicit"          // TLS from the first byte (RFC 8314)
	TLSStart         TLSMode = "starttls"          // STARTTLS, or no session
	TLSOpportunistic TLSMode = "opportunistic"     // SMTP only: TLS where offered; no password unless verified
	TLSNone          TLSMode = "insecure-loopback" // none, to this machine only; must be asked for
)

// ErrNotLoopback says that a connection without TLS was asked for to another
// machine. A config that asks for it is refused at the start.
var ErrNotLoopback = errors.New("insecure-loopback is for a loopback address only")

// Check reports whether the mode may be used with addr, a host:port.
func (m TLSMode) Check(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("server address %q: %w", addr, err)
	}
	switch m {
	case TLSImplicit, TLSStart, TLSOpportunistic:
		return nil
	case TLSNone:
		if ip, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !ip.IsLoopback()) {
			return fmt.Errorf("server address %q: %w", addr, ErrNotLoopback)
		}
		return nil
	}
	return fmt.Errorf("unknown TLS mode %q", string(m))
}

// CheckRemote reports whether a connection that was made keeps the mode's
// promise: a name in /etc/hosts could have led elsewhere.
func (m TLSMode) CheckRemote(conn net.Conn) error {
	if m != TLSNone {
		return nil
	}
	if tcp, ok := conn.RemoteAddr().(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
		return fmt.Errorf("connected to %s: %w", conn.RemoteAddr(), ErrNotLoopback)
	}
	return nil
}

// ClientTLS is the configuration for a connection to our own mail server: TLS
// 1.2 or newer, serverName verified against the certificates in caFile, or the
// system's where caFile is empty. The file is read at each call, so that a
// renewed authority needs no restart.
func ClientTLS(serverName, caFile string) (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: serverName}
	if caFile == "" {
		return cfg, nil
	}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("read CA file: %w", err)
	}
	cfg.RootCAs = x509.NewCertPool()
	if !cfg.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read CA file %q: no certificate in it", caFile)
	}
	return cfg, nil
}

// ReadPassword returns the first line of a password file. It is read at each
// connection, so that a changed password needs no restart.
func ReadPassword(file string) (string, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read password file: %w", err)
	}
	line, _, _ := bytes.Cut(raw, []byte("\n"))
	password := string(bytes.TrimSuffix(line, []byte("\r")))
	if password == "" {
		return "", fmt.Errorf("read password file %q: its first line is empty", file)
	}
	return password, nil
}
