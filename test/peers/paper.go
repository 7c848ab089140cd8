package peers

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Page is the first page of a PDF as poppler draws it, at so many pixels a point.
func Page(t testing.TB, pdf []byte, scale float64) image.Image {
	t.Helper()
	if _, err := exec.LookPath("pdftoppm"); err != nil {
		Missing(t, "pdftoppm (Debian's poppler-utils) is not here")
	}
	file := filepath.Join(t.TempDir(), "page")
	if err := os.WriteFile(file+".pdf", pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("pdftoppm", "-png", "-singlefile", "-r", strconv.FormatFloat(72*scale, 'f', 3, 64), file+".pdf", file)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("pdftoppm: %v\n%s", err, out)
	}
	b, err := os.ReadFile(file + ".png")
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// Code is what zbar reads in a picture; empty if it finds no code.
func Code(t testing.TB, img image.Image) string {
	t.Helper()
	if _, err := exec.LookPath("zbarimg"); err != nil {
		Missing(t, "zbarimg (Debian's zbar-tools) is not here")
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "picture.png")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("zbarimg", "--quiet", "--raw", file).Output()
	if exit := new(exec.ExitError); errors.As(err, &exit) && exit.ExitCode() == 4 {
		return "" // its word for nothing found
	}
	if err != nil {
		t.Fatalf("zbarimg: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// Apart is how far two pictures are from each other in brightness: the mean difference of a pixel, of 255, and the part of the pixels that differ by more than a
// quarter. Pictures of sizes that differ by more than a pixel are wholly apart.
func Apart(a, b image.Image) (mean, far float64) {
	if dx, dy := a.Bounds().Dx()-b.Bounds().Dx(), a.Bounds().Dy()-b.Bounds().Dy(); dx < -1 || dx > 1 || dy < -1 || dy > 1 {
		return 255, 1
	}
	box := a.Bounds().Intersect(b.Bounds())
	gray := func(img image.Image, x, y int) float64 {
		return float64(color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y)
	}
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			d := math.Abs(gray(a, x, y) - gray(b, x, y))
			if mean += d; d > 64 {
				far++
			}
		}
	}
	n := float64(box.Dx() * box.Dy())
	return mean / n, far / n
}
