package photo

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/json"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"outcry/test/peers"
)

// secrets are what is planted, each in a place of its own.
var secrets = []string{"PLANTED-CAMERA", "PLANTED-XMP", "PLANTED-IPTC", "PLANTED-PROFILE", "PLANTED-COMMENT", "PLANTED-THUMBNAIL", "PLANTED-BEHIND"}

// planted are files that say more than they show, by their kinds.
func planted(t testing.TB) map[string][]byte {
	exif := tiff(binary.LittleEndian, 1) + string(asJPEG(t, quarters(64, 64))) + "PLANTED-THUMBNAIL"
	const xmp = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="PLANTED-XMP"/></rdf:RDF></x:xmpmeta>`
	const iptc = "Photoshop 3.0\x008BIM\x04\x04\x00\x00\x00\x00\x00\x11\x1c\x02\x78\x00\x0cPLANTED-IPTC\x00"
	profile := "ICC_PROFILE\x00\x01\x01" + strings.Repeat("\x00", 128) + "PLANTED-PROFILE"
	var squeezed bytes.Buffer
	z := zlib.NewWriter(&squeezed)
	z.Write([]byte("PLANTED-PROFILE"))
	z.Close()
	return map[string][]byte{
		"jpeg": append(withSegments(asJPEG(t, quarters(96, 64)), segment(0xe0, "JFXX\x00PLANTED-THUMBNAIL"), segment(0xe1, "Exif\x00\x00"+exif), segment(0xe1, "http://ns.adobe.com/xap/1.0/\x00"+xmp), segment(0xed, iptc),
			segment(0xe2, profile), segment(0xfe, "PLANTED-COMMENT"), segment(0xeb, "JPPLANTED-COMMENT")), "PLANTED-BEHIND"...),
		"png": append(withChunks(asPNG(t, quarters(96, 64)), chunk("iCCP", "ours\x00\x00"+squeezed.String()), chunk("tEXt", "Comment\x00PLANTED-COMMENT"), chunk("eXIf", exif), chunk("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00"+xmp),
			chunk("tEXt", "Raw profile type iptc\x00PLANTED-IPTC"), chunk("tIME", "\x07\xe8\x02\x10\x08\x00\x00"), chunk("prVW", "PLANTED-THUMBNAIL")), "PLANTED-BEHIND"...),
		"webp": append(withRIFF(testdata(t, "lossy.webp"), riff("EXIF", exif), riff("XMP ", xmp), riff("ICCP", profile), riff("prvt", "PLANTED-COMMENT PLANTED-IPTC")), "PLANTED-BEHIND"...),
	}
}

// told is what exiftool finds in a file, by its groups; what it says of the file itself and of the size of the picture is left out.
func told(t testing.TB, b []byte, name string, plant ...string) (map[string]any, []byte) {
	t.Helper()
	if _, err := exec.LookPath("exiftool"); err != nil {
		peers.Missing(t, "exiftool (Debian's libimage-exiftool-perl) is not here")
	}
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if len(plant) > 0 {
		if out, err := exec.Command("exiftool", append(plant, "-m", "-q", "-overwrite_original", file)...).CombinedOutput(); err != nil {
			t.Fatalf("exiftool: %v\n%s", err, out)
		}
		var err error
		if b, err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command("exiftool", "-j", "-G1", "-a", "-u", "-U", file).Output()
	var list []map[string]any
	if err != nil || json.Unmarshal(out, &list) != nil || len(list) != 1 {
		t.Fatalf("exiftool: %v\n%s", err, out)
	}
	for tag := range list[0] {
		group, what, _ := strings.Cut(tag, ":")
		switch {
		case tag == "SourceFile", group == "System", group == "ExifTool" && what == "ExifToolVersion":
			delete(list[0], tag)
		case group == "File" && what != "Comment", group == "Composite" && (what == "ImageSize" || what == "Megapixels"):
			delete(list[0], tag)
		}
	}
	return list[0], b
}

// A program that knows every place in which a file can say something finds nothing in what we keep. It fills the files itself first, and finds that again.
func TestExiftoolFindsNothing(t *testing.T) {
	thumb := filepath.Join(t.TempDir(), "thumb.jpg")
	if err := os.WriteFile(thumb, asJPEG(t, quarters(64, 64)), 0o600); err != nil {
		t.Fatal(err)
	}
	plant := []string{"-GPSLatitude=55.7558", "-GPSLatitudeRef=N", "-GPSLongitude=37.6173", "-GPSLongitudeRef=E", "-DateTimeOriginal=2024:02:16 08:00:00", "-Model=Telephone", "-OwnerName=Ivan Example", "-XMP:Creator=Ivan Example",
		"-XMP:City=Omsk", "-UserComment=at home", "-Orientation#=6"}
	for name, src := range map[string][]byte{"a.jpg": asJPEG(t, quarters(96, 64)), "a.png": asPNG(t, quarters(96, 64)), "a.webp": testdata(t, "lossy.webp")} {
		t.Run(name, func(t *testing.T) {
			more := plant
			if name == "a.jpg" {
				more = append(more, "-IPTC:Keywords=PLANTED", "-Comment=PLANTED", "-ThumbnailImage<="+thumb, "-Photoshop:PhotoshopQuality=5")
			}
			before, filled := told(t, src, name, more...)
			for _, tag := range []string{"GPS:GPSLatitude", "XMP-dc:Creator", "ExifIFD:UserComment"} {
				if before[tag] == nil {
					t.Fatalf("%s was not planted: %v", tag, before)
				}
			}
			p, err := Read(bytes.NewReader(filled))
			if err != nil {
				t.Fatal(err)
			}
			if after, _ := told(t, p.Bytes, "kept.jpg"); len(after) > 0 {
				t.Errorf("in what is kept stands %v", after)
			}
			img, err := Decode(p.Bytes)
			if err != nil || img.Bounds() != image.Rect(0, 0, 64, 96) {
				t.Errorf("it lies on its side: %v, %v", img.Bounds(), err)
			}
			shows(t, img, blue, red, yellow, green)
		})
	}
	for name, src := range planted(t) { // and ours
		p, err := Read(bytes.NewReader(src))
		if err != nil {
			t.Fatal(err)
		}
		if after, _ := told(t, p.Bytes, "kept.jpg"); len(after) > 0 {
			t.Errorf("%s: in what is kept stands %v", name, after)
		}
	}
}
