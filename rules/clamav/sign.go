package clamav

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"math/big"
	"strings"
)

// ClamAV's public keys: of containers, and of the list of a container's members.
const (
	modulusContainer = "118640995551645342603070001658453189751527774412027743746599405743243142607464144767361060640655844749760788890022283424922762488917565551002467771109669598189410434699034532232228621591089508178591428456220796841621637175567590476666928698770143328137383952820383197532047771780196576957695822641224262693037"
	modulusInfo      = "11088894983048545473659556106627194923928941791795047620591658697413581043322715912172496806525381055880964520618400224333320534660299233983755341740679502866829909679955734391392668378361221524205396631090105151641270857277080310734320951653700508941717419168723942507890702904702707587451621691050754307850383399865346487203798464178537392211402786481359824461197231102895415093770394216666324484593935762408468516826633192140826667923494822045805347809932848454845886971706424360558667862775876072059437703365380209101697738577515476935085469455279994113145977994084618328482151013142393373316337519977244732747977"
)

// publicKey is an RSA key.
type publicKey struct{ n, e *big.Int }

func newKey(modulus string, exponent int64) publicKey {
	n, _ := new(big.Int).SetString(modulus, 10)
	return publicKey{n, big.NewInt(exponent)}
}

var (
	containerKey = newKey(modulusContainer, 100001027)
	infoKey      = newKey(modulusInfo, 100002049)
)

// digits are those of a signature, six bits each, the lowest first.
const digits = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/"

// open returns the lowest size bytes of what a signature signs, nil if it is none.
func (k publicKey) open(signature string, size int) []byte {
	if len(signature) == 0 || len(signature)*6 > k.n.BitLen()+6 {
		return nil
	}
	c := new(big.Int)
	for i := len(signature) - 1; i >= 0; i-- {
		d := strings.IndexByte(digits, signature[i])
		if d < 0 {
			return nil
		}
		c.Lsh(c, 6).Or(c, big.NewInt(int64(d)))
	}
	plain := new(big.Int).Exp(c, k.e, k.n).FillBytes(make([]byte, (k.n.BitLen()+7)/8))
	if len(plain) < size {
		return nil
	}
	return plain[len(plain)-size:]
}

// verifyMD5 checks a container's signature of the MD5 of what follows the header. ClamAV's
// scheme has no padding: the lowest 16 bytes are the hash.
func (k publicKey) verifyMD5(hash []byte, signature string) bool {
	return bytes.Equal(k.open(signature, len(hash)), hash)
}

// verifySHA256 checks a signature by RSASSA-PSS with SHA-256 and a salt of 32 bytes.
func (k publicKey) verifySHA256(hash [32]byte, signature string) bool {
	const size, block = 256, 256 - 32 - 1
	plain := k.open(signature, size)
	if plain == nil || plain[size-1] != 0xbc {
		return false
	}
	masked, want := plain[:block], plain[block:size-1]
	data := make([]byte, 0, block+32)
	for i := uint32(0); len(data) < block; i++ {
		part := sha256.Sum256(binary.BigEndian.AppendUint32(bytes.Clone(want), i))
		data = append(data, part[:]...)
	}
	data = data[:block]
	for i := range data {
		data[i] ^= masked[i]
	}
	data[0] &= 0x7f
	salt := bytes.IndexByte(data, 1) + 1
	if salt == 0 || block-salt != 32 {
		return false
	}
	message := append(make([]byte, 8, 72), hash[:]...)
	got := sha256.Sum256(append(message, data[salt:]...))
	return bytes.Equal(got[:], want)
}
