package appliance

import (
	"fmt"
	"os"
	"time"

	"vxwall/appliance/clamd"
	"vxwall/inspect/av"
	"vxwall/inspect/av/embedded"
	"vxwall/inspect/av/unpack"
	"vxwall/rules/clamav"
)

const (
	scanDeadline = 30 * time.Second // for a file
	maxScanned   = 1 << 30          // bytes of a file
)

// FileScan judges files on disk as it judges those that cross.
type FileScan struct {
	Databases []string // files and directories
	Clamd     string   // address; "" for the databases alone

	embedded *embedded.Engine
	clamd    *clamd.Client
}

// Load reads and compiles the databases. It returns what of them cannot be used.
func (s *FileScan) Load() ([]clamav.Problem, error) {
	if s.Clamd != "" {
		var err error
		if s.clamd, err = clamd.New(clamd.Config{Address: s.Clamd, Deadline: scanDeadline}); err != nil {
			return nil, err
		}
	}
	if len(s.Databases) == 0 {
		return nil, nil
	}
	set, problems, err := clamav.Read(s.Databases...)
	if err != nil {
		return nil, err
	}
	limits := unpack.Default
	limits.Time = scanDeadline
	e, wrong := embedded.New(set, limits)
	s.embedded = e
	return append(problems, wrong...), nil
}

// Signatures is how many there are in the databases.
func (s *FileScan) Signatures() int {
	if s.embedded == nil {
		return 0
	}
	return s.embedded.Signatures()
}

// File judges a file.
func (s *FileScan) File(path string) (av.Finding, error) {
	info, err := os.Stat(path)
	if err != nil {
		return av.Finding{}, fmt.Errorf("scan file: %w", err)
	}
	if info.Size() > maxScanned {
		return av.Finding{Outcome: av.OverLimit, Name: fmt.Sprintf("longer than %d MiB", maxScanned>>20)}, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return av.Finding{}, fmt.Errorf("scan file: %w", err)
	}
	var found av.Finding
	if s.embedded != nil {
		found = s.embedded.File(data, path)
	}
	if s.clamd != nil && found.Outcome <= av.Encrypted {
		found = s.clamd.Whole(data, path)
	}
	return found, nil
}
