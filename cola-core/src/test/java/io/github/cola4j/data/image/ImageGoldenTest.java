package io.github.cola4j.data.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cola4j.model.Goldens;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Images against Pillow (tools/make_vit_goldens.py). */
class ImageGoldenTest {
  /** Decoders of JPEG round differently. */
  private static final int JPEG = 3;

  static Stream<String> files() {
    List<String> files = new ArrayList<>();
    Goldens.json("images", "expected.json").forEach(row -> files.add(row.get("file").asText()));
    return files.stream();
  }

  private static JsonNode row(String file) {
    for (JsonNode row : Goldens.json("images", "expected.json")) {
      if (row.required("file").asText().equals(file)) {
        return row;
      }
    }
    throw new AssertionError(file);
  }

  private static byte[] bytes(JsonNode row) {
    return Base64.getDecoder().decode(row.required("rgb").asText());
  }

  @ParameterizedTest
  @MethodSource("files")
  void decodedAsConvertedToRgb(String file) {
    JsonNode row = row(file);
    RgbImage image = ImageDecoder.decode(Goldens.bytes("images/" + file));
    assertThat(image.height()).isEqualTo(row.required("height").asInt());
    assertThat(image.width()).isEqualTo(row.required("width").asInt());
    byte[] expected = bytes(row);
    if (!file.endsWith(".jpg")) {
      assertThat(image.pixels()).isEqualTo(expected);
      return;
    }
    assertThat(image.pixels()).hasSameSizeAs(expected);
    for (int i = 0; i < expected.length; i++) {
      assertThat((image.pixels()[i] & 0xff) - (expected[i] & 0xff)).isBetween(-JPEG, JPEG);
    }
  }

  @Test
  void resizedToTheByte() {
    RgbImage image = ImageDecoder.decode(Goldens.bytes("images/rgb.png"));
    JsonNode all = row("rgb.png").required("resized");
    assertThat(all).hasSize(12);
    for (JsonNode each : all) {
      int width = each.required("width").asInt();
      int height = each.required("height").asInt();
      Resampling resampling = Resampling.of(each.required("resample").asInt());
      assertThat(resampling.resize(image, height, width))
          .satisfies(resized -> assertThat(resized.height()).isEqualTo(height))
          .satisfies(resized -> assertThat(resized.width()).isEqualTo(width));
      assertThat(resampling.resize(image, height, width).pixels())
          .as("%s to %d × %d", resampling, width, height)
          .isEqualTo(bytes(each));
    }
  }
}
