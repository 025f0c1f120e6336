package match

// fast says whether the processor has BMI2: shifts that leave the flags alone, which placesBMI2 is made of.
var fast = hasBMI2()

// find is places, by whatever is fastest here.
func (f *filter) find(data []byte, steps int, out *[maxPlaces]uint16) int {
	if !fast || steps == 0 {
		return f.places(data, steps, out)
	}
	_ = data[(steps-1)*step+7]
	return placesBMI2(&f.table[0], f.shift, &data[0], steps, out)
}

// placesBMI2 is filter.places, for at least one step.
//
//go:noescape
func placesBMI2(table *uint8, shift uint32, data *byte, steps int, out *[maxPlaces]uint16) int

// hasBMI2 asks the processor.
func hasBMI2() bool
