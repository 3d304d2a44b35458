package main

import (
	"net"
)

// notify tells systemd how the service is: "READY=1", "STOPPING=1",
// "WATCHDOG=1" (sd_notify(3)). Without systemd, or where it does not listen,
// nothing happens: no service depends on being watched.
func (env *Env) notify(state string) {
	name := env.Getenv("NOTIFY_SOCKET")
	if name == "" || name[0] != '/' && name[0] != '@' {
		return
	}
	// A name that begins with @ is in the abstract namespace; net takes it so.
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		return
	}
	defer conn.Close()
	_, _ = conn.Write([]byte(state))
}
