package clamav

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"testing"
)

// signer signs as the database's makers do, with a key of the test's own.
type signer struct{ key *rsa.PrivateKey }

func newSigner(t *testing.T) signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return signer{key}
}

func (s signer) public() publicKey { return publicKey{s.key.N, big.NewInt(int64(s.key.E))} }

// text writes a signature in digits of six bits.
func text(signature *big.Int) string {
	var b strings.Builder
	for n, mask := new(big.Int).Set(signature), big.NewInt(63); n.Sign() > 0; n.Rsh(n, 6) {
		b.WriteByte(digits[new(big.Int).And(n, mask).Int64()])
	}
	return b.String()
}

func (s signer) md5(sum [16]byte) string {
	return text(new(big.Int).Exp(new(big.Int).SetBytes(sum[:]), s.key.D, s.key.N))
}

func (s signer) pss(t *testing.T, data []byte) string {
	sum := sha256.Sum256(data)
	signature, err := rsa.SignPSS(rand.Reader, s.key, crypto.SHA256, sum[:], &rsa.PSSOptions{SaltLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	return text(new(big.Int).SetBytes(signature))
}

// archive returns a container's tar with a list of members.
func (s signer) archive(t *testing.T, compressed bool) []byte {
	hdb := []byte(md5Digits + ":68:Test\n")
	info := fmt.Appendf(nil, "ClamAV-VDB:x:1\nx.hdb:%d:%x\n", len(hdb), sha256.Sum256(hdb))
	info = append(info, "DSIG:"+s.pss(t, info)+"\n"...)
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	w := tar.NewWriter(&out)
	if compressed {
		w = tar.NewWriter(z)
	}
	for _, f := range []struct {
		name string
		text []byte
	}{{"COPYING", []byte("free")}, {"x.info", info}, {"x.hdb", hdb}} {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Size: int64(len(f.text)), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f.text); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	if compressed {
		z.Close()
	}
	return out.Bytes()
}

func (s signer) container(body []byte) []byte {
	sum := md5.Sum(body)
	head := fmt.Sprintf("ClamAV-VDB:27 Nov 2025 10-00 -0500:27:1:90:%s:%s:maker:1764255600", hex.EncodeToString(sum[:]), s.md5(sum))
	return append([]byte(head+strings.Repeat(" ", headerSize-len(head))), body...)
}

func (s signer) load(name string, data []byte) *Set {
	l := newLoader(&Set{}, Options{})
	l.key, l.infoKey = s.public(), s.public()
	l.text(name, data)
	return l.set
}

func TestContainer(t *testing.T) {
	s := newSigner(t)
	for _, compressed := range []bool{true, false} {
		data := s.container(s.archive(t, compressed))
		for _, name := range []string{"daily.cvd", "daily.cld"} {
			set := s.load(name, data)
			if len(set.Problems) > 0 || len(set.Hashes) != 1 || !set.Files[0].Official || set.Files[0].Version != 27 {
				t.Errorf("%s: %v %+v", name, set.Problems, set.Files)
			}
		}
		if set := LoadText(Options{}, "daily.cvd", data); len(set.Hashes) != 0 || len(set.Problems) != 1 {
			t.Errorf("with a foreign signature: %+v", set)
		}
		if set := LoadText(Options{Unsigned: true}, "daily.cvd", data); len(set.Hashes) != 1 || set.Files[0].Official {
			t.Errorf("unsigned: %+v", set)
		}
	}
}

// TestContainerDamage: no byte of what is signed can change and a signature load.
func TestContainerDamage(t *testing.T) {
	s := newSigner(t)
	data := s.container(s.archive(t, false))
	at := bytes.Index(data, []byte(md5Digits+":68:Test"))
	for _, name := range []string{"daily.cvd", "daily.cld"} {
		damaged := bytes.Clone(data)
		damaged[at] = '5'
		if set := s.load(name, damaged); len(set.Hashes) != 0 || len(set.Problems) == 0 {
			t.Errorf("%s: %+v", name, set)
		}
		if set := s.load(name, data[:len(data)-2048]); len(set.Hashes) != 0 && name == "daily.cvd" {
			t.Errorf("%s cut: %+v", name, set)
		}
	}
	if containerKey.n == nil || infoKey.n.BitLen() < 2040 {
		t.Error("the keys are not read")
	}
}
