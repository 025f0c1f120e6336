//go:build !amd64

package match

// find is places, by whatever is fastest here.
func (f *filter) find(data []byte, steps int, out *[maxPlaces]uint16) int {
	return f.places(data, steps, out)
}
