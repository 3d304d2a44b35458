package mailgw

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/emersion/go-imap/v2"
)

// placeMails bounds the UIDs of one command: servers limit the length of a
// command line, Dovecot to 64 KiB.
const placeMails = 500

// place moves, flags or leaves the mails that Handle is done with. A mail that
// the server will not let go is not tried again before the program starts
// anew; a lost connection keeps it for the next one.
func (s *session) place() error {
	for disposition, uids := range s.p.pending {
		slices.Sort(uids)
		for len(uids) > 0 {
			n := min(len(uids), placeMails)
			set := imap.UIDSetNum(uids[:n]...)
			moved, err := s.placeSet(s.m.Folders[disposition], set)
			if err != nil {
				return fmt.Errorf("place %s: %w", disposition, err)
			}
			if moved {
				s.p.gone.AddSet(set)
				s.m.log().Info("moved", "mails", n, "to", string(disposition))
			} else {
				s.p.left.AddSet(set)
			}
			if s.m.Placed != nil {
				s.m.Placed(context.WithoutCancel(s.ctx), s.p.validity, numbers(uids[:n]))
			}
			uids = uids[n:]
			s.p.pending[disposition] = uids
		}
		delete(s.p.pending, disposition)
	}
	return nil
}

// placeSet does what the server can: MOVE; else COPY and UID EXPUNGE; else a
// flag; else nothing. An error is a lost connection.
func (s *session) placeSet(folder string, set imap.UIDSet) (moved bool, err error) {
	var refusal error
	switch {
	case folder == "":
	case s.canMove:
		err = s.toFolder(folder, func() error { _, err := s.client.Move(set, folder).Wait(); return err })
		if err == nil {
			return true, nil
		}
		refusal = err
	case s.canExpunge:
		// A plain EXPUNGE would also remove what other people have deleted, so
		// without UIDPLUS nothing is.
		err = s.toFolder(folder, func() error { _, err := s.client.Copy(set, folder).Wait(); return err })
		if err == nil {
			err = s.remove(set)
		}
		if err == nil {
			return true, nil
		}
		refusal = err
	}
	if refusal != nil {
		if !isRefusal(refusal) {
			return false, refusal
		}
		s.p.warnOnce("cannot-move", refusal)
	}
	if s.mark == "" {
		s.p.warnOnce("read-only", errors.New("mails can neither be moved nor flagged, and are read again at each start"))
		return false, nil
	}
	if err := s.store(set, s.mark); err != nil {
		if !isRefusal(err) {
			return false, err
		}
		s.p.warnOnce("cannot-flag", err)
	}
	return false, nil
}

// toFolder runs a command that needs folder. Where it is refused the folder is
// made and the command run once more.
func (s *session) toFolder(folder string, command func() error) error {
	defer s.command()()
	err := command()
	if !isRefusal(err) {
		return err
	}
	switch cerr := s.client.Create(folder, nil).Wait(); {
	case cerr == nil:
		s.m.log().Info("folder-made", "folder", folder)
	case !isRefusal(cerr):
		return cerr
	}
	return command() // also where it exists: another connection may have just made it
}

func (s *session) remove(set imap.UIDSet) error {
	if err := s.store(set, imap.FlagDeleted); err != nil {
		return err
	}
	defer s.command()()
	return s.client.UIDExpunge(set).Close()
}

func (s *session) store(set imap.UIDSet, flag imap.Flag) error {
	defer s.command()()
	return s.client.Store(set, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{flag}}, nil).Close()
}

func numbers(uids []imap.UID) []uint32 {
	out := make([]uint32, len(uids))
	for i, uid := range uids {
		out[i] = uint32(uid)
	}
	return out
}

// isRefusal tells the server's NO or BAD from a lost connection.
func isRefusal(err error) bool {
	var said *imap.Error
	return errors.As(err, &said)
}
