package clamd

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"net"
	"strings"
	"time"

	"vxwall/inspect/av"
)

// chunk is how much of a file is sent at a time, in bytes.
const chunk = 256 << 10

// session is a connection in IDSESSION.
type session struct {
	conn net.Conn
	in   *bufio.Reader
	used int // commands so far
}

// maxUsed is how many files one session judges. Then another is begun, so that none
// lives for ever.
const maxUsed = 1000

// newSession begins the session of a connection.
func newSession(conn net.Conn, deadline time.Time) (*session, error) {
	s := &session{conn: conn, in: bufio.NewReaderSize(conn, maxReply)}
	if err := conn.SetDeadline(deadline); err != nil {
		return nil, fmt.Errorf("begin session: %w", err)
	}
	if _, err := conn.Write([]byte("zIDSESSION\x00")); err != nil {
		return nil, fmt.Errorf("begin session: %w", err)
	}
	return s, nil
}

// judge sends a file and reads what clamd says of it. With an error the session is of
// no more use.
func (s *session) judge(file []byte, deadline time.Time) (av.Finding, error) {
	s.used++
	if err := s.conn.SetDeadline(deadline); err != nil {
		return av.Finding{}, fmt.Errorf("set deadline: %w", err)
	}
	sent := s.send(file)
	reply, err := s.reply()
	if err != nil {
		if sent != nil {
			err = sent
		}
		return av.Finding{}, err
	}
	id, finding, err := parse(reply)
	if err != nil {
		return av.Finding{}, err
	}
	if id != s.used {
		return av.Finding{}, fmt.Errorf("read reply: it is about file %d of the session, not %d", id, s.used)
	}
	if sent != nil && finding.Outcome == av.Clean { // it has not seen all of it
		return av.Finding{}, sent
	}
	return finding, nil
}

// send sends a file: chunks, each with its length in four bytes, and an empty one.
func (s *session) send(file []byte) error {
	head := []byte("zINSTREAM\x00")
	for len(file) > 0 {
		n := min(len(file), chunk)
		head = binary.BigEndian.AppendUint32(head, uint32(n))
		parts := net.Buffers{head, file[:n]}
		if _, err := parts.WriteTo(s.conn); err != nil {
			return fmt.Errorf("send file: %w", err)
		}
		head, file = head[:0:0], file[n:]
	}
	if _, err := s.conn.Write(binary.BigEndian.AppendUint32(head, 0)); err != nil {
		return fmt.Errorf("send file: %w", err)
	}
	return nil
}

// reply reads one reply, which ends with a zero byte.
func (s *session) reply() (string, error) {
	text, err := s.in.ReadSlice(0)
	if err != nil {
		return "", fmt.Errorf("read reply: %w", err)
	}
	return strings.TrimSuffix(string(text), "\x00"), nil
}

func (s *session) close() { _ = s.conn.Close() }

// ask sends a command outside of a session, and reads the reply to it.
func (s *session) ask(command string, deadline time.Time) (string, error) {
	s.in = bufio.NewReaderSize(s.conn, maxReply)
	if err := s.conn.SetDeadline(deadline); err != nil {
		return "", fmt.Errorf("set deadline: %w", err)
	}
	if _, err := s.conn.Write([]byte("z" + command + "\x00")); err != nil {
		return "", fmt.Errorf("send %s: %w", command, err)
	}
	return s.reply()
}
