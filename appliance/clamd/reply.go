package clamd

import (
	"fmt"
	"strings"

	"vxwall/inspect/av"
)

// maxReply is the longest reply that is read, in bytes.
const maxReply = 4096

// parse reads the reply to a command of a session: "1: stream: OK". The number is that
// of the command, counted from 1 in each session.
func parse(reply string) (id int, finding av.Finding, err error) {
	if _, err := fmt.Sscanf(reply, "%d: ", &id); err != nil || id < 1 {
		return 0, finding, fmt.Errorf("parse reply %q: it has no number", reply)
	}
	_, text, _ := strings.Cut(reply, ": ")
	switch {
	case text == "stream: OK":
		return id, av.Finding{}, nil
	case strings.HasPrefix(text, "stream: ") && strings.HasSuffix(text, " FOUND"):
		name := strings.TrimSuffix(strings.TrimPrefix(text, "stream: "), " FOUND")
		return id, av.Finding{Outcome: outcome(name), Name: name}, nil
	case strings.Contains(text, "size limit exceeded"):
		return id, av.Finding{Outcome: av.OverLimit, Name: "StreamMaxLength of clamd"}, nil
	case strings.HasSuffix(text, " ERROR"):
		return id, av.Finding{Outcome: av.Error, Name: strings.TrimSuffix(text, " ERROR")}, nil
	}
	return 0, finding, fmt.Errorf("parse reply %q: neither OK, FOUND nor ERROR", reply)
}

// outcome is what the name of a signature means: clamd's own findings begin with
// Heuristics (libclamav/others.h).
func outcome(name string) av.Outcome {
	switch {
	case strings.HasPrefix(name, "Heuristics.Limits.Exceeded"):
		return av.OverLimit
	case strings.HasPrefix(name, "Heuristics.Encrypted"):
		return av.Encrypted
	case strings.HasPrefix(name, "Heuristics."):
		return av.Suspicious
	}
	return av.Infected
}
