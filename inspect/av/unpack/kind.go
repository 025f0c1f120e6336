package unpack

// Kind is the format of a file, as far as its bytes tell.
type Kind uint8

// The kinds.
const (
	Unknown Kind = iota
	Text
	HTML
	Mail
	ZIP
	OOXML
	GZ
	BZ
	XZ
	LZMA
	ZSTD
	TAR
	OldTAR
	CPIOOld
	CPIOODC
	CPIONewc
	CPIOCRC
	SevenZip
	RAR
	CAB
	ARJ
	ISO
	OLE2
	PDF
	RTF
	PE
	ELF
	MachO
	UniMachO
	CHM
	SZDD
	BinHex
	TNEF
	UU
	SIS
	GIF
	PNG
	JPEG
	TIFF
	RIFF
	SWF
	Java
	PS
	LNK
	Script
	kinds
)

// kindNames are ClamAV's where it has one.
var kindNames = [kinds]string{
	"CL_TYPE_BINARY_DATA", "CL_TYPE_TEXT_ASCII", "CL_TYPE_HTML", "CL_TYPE_MAIL",
	"CL_TYPE_ZIP", "CL_TYPE_OOXML", "CL_TYPE_GZ", "CL_TYPE_BZ", "CL_TYPE_XZ", "LZMA", "ZSTD",
	"CL_TYPE_POSIX_TAR", "CL_TYPE_OLD_TAR",
	"CL_TYPE_CPIO_OLD", "CL_TYPE_CPIO_ODC", "CL_TYPE_CPIO_NEWC", "CL_TYPE_CPIO_CRC",
	"CL_TYPE_7Z", "CL_TYPE_RAR", "CL_TYPE_MSCAB", "CL_TYPE_ARJ", "CL_TYPE_ISO9660",
	"CL_TYPE_MSOLE2", "CL_TYPE_PDF", "CL_TYPE_RTF",
	"CL_TYPE_MSEXE", "CL_TYPE_ELF", "CL_TYPE_MACHO", "CL_TYPE_MACHO_UNIBIN",
	"CL_TYPE_MSCHM", "CL_TYPE_MSSZDD", "CL_TYPE_BINHEX", "CL_TYPE_TNEF", "CL_TYPE_UUENCODED", "CL_TYPE_SIS",
	"CL_TYPE_GIF", "CL_TYPE_PNG", "CL_TYPE_JPEG", "CL_TYPE_TIFF", "CL_TYPE_RIFF", "CL_TYPE_SWF",
	"CL_TYPE_JAVA", "CL_TYPE_PS", "CL_TYPE_LNK", "CL_TYPE_SCRIPT",
}

func (k Kind) String() string { return kindNames[k] }
