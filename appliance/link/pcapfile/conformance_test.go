package pcapfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// conformance are the captures of somebody else's test suite, beside the tree.
const conformance = "../../../../shared/conformance/suite"

// damaged are those of them that cannot be read to their end, and why.
var damaged = map[string]string{
	"bug-1450-04/tls_DER-incomplete-header.pcap":            "packet 7 at offset 5035: packet of 4325376 captured bytes (accepted: up to 262144)",
	"bug-1450-05/tls_DER-incomplete-content.pcap":           "packet 7 at offset 5035: packet of 4325376 captured bytes (accepted: up to 262144)",
	"bug-6875-01/fuzz.pcap":                                 "packet 2 at offset 228: packet of 1409179648 captured bytes (accepted: up to 262144)",
	"http-mime-truncated/input.pcap":                        "packet 2697 at offset 2715459: file ends inside the packet (need 16 bytes, 1 left)",
	"smtp-to-comma/10.7.29.101_49898-178.63.41.150_25.pcap": "packet 19 at offset 3695: packet of 3925868813 captured bytes (accepted: up to 262144)",
}

// TestConformance reads all captures of the suite.
func TestConformance(t *testing.T) {
	var paths []string
	err := filepath.WalkDir(conformance, func(path string, entry fs.DirEntry, err error) error {
		if ext := filepath.Ext(path); err == nil && !entry.IsDir() && (ext == ".pcap" || ext == ".pcapng" || ext == ".cap") {
			paths = append(paths, path)
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		if os.Getenv("CI") != "" {
			t.Fatalf("no captures at %s", conformance)
		}
		t.Skipf("no captures at %s", conformance)
	}
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d captures, error %v", len(paths), err)
	}
	packets := 0
	for _, path := range paths {
		name := filepath.ToSlash(strings.TrimPrefix(path, conformance+"/tests/"))
		q, err := Open(Options{In: path})
		if err == nil {
			var got []seen
			got, _, err = receive(t, q)
			packets += len(got)
			err = errors.Join(err, q.Close())
		}
		reason, bad := damaged[name]
		if bad != (err != nil) || bad && err.Error() != "read "+path+": "+reason {
			t.Errorf("%s: got %v, want %q", name, err, reason)
		}
	}
	t.Logf("%d packets of %d captures", packets, len(paths))
}
