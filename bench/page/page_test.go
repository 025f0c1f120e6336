package page

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	blocks, err := Parse("# A page\n```sh host=leaf1\nip link\nip route\n```\nand\n```\n$ output\n```\n```toml host=vxwall file=/etc/x.toml\na = 1\n```\n")
	if err != nil {
		t.Fatal(err)
	}
	want := []Block{
		{Language: "sh", Host: "leaf1", Text: "ip link\nip route\n", Line: 3},
		{Language: "toml", Host: "vxwall", File: "/etc/x.toml", Text: "a = 1\n", Line: 11},
	}
	if len(blocks) != len(want) {
		t.Fatalf("%d blocks, want %d: %+v", len(blocks), len(want), blocks)
	}
	for i := range want {
		if blocks[i] != want[i] {
			t.Errorf("block %d is %+v, want %+v", i, blocks[i], want[i])
		}
	}
	if of := Select(blocks, "vxwall"); len(of) != 1 || of[0].File != "/etc/x.toml" {
		t.Errorf("blocks of vxwall: %+v", of)
	}
}

func TestParseMistakes(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"```sh host=a\nls\n", "line 1: a block that does not end"},
		{"\n```sh hots=a\nls\n```\n", `line 2: "hots=a"`},
		{"```toml file=/etc/x\n```\n", "belongs to no host"},
	} {
		if _, err := Parse(tc.text); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("Parse(%q): %v, want %q", tc.text, err, tc.want)
		}
	}
}

// TestPages reads every page of docs/deploy.
func TestPages(t *testing.T) {
	paths, err := filepath.Glob("../../docs/deploy/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if _, err := Read(path); err != nil && !os.IsNotExist(err) {
			t.Error(err)
		}
	}
}
