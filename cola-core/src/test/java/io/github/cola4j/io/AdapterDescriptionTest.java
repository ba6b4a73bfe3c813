package io.github.cola4j.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.io.adapter.AdapterStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdapterDescriptionTest {
  @TempDir Path folder;

  private static AdapterStore.Description description(String label) {
    return new AdapterStore.Description(
        1, "ünï", List.of("no", label), "model", "0", 8, AdapterConfig.defaults(), null);
  }

  @Test
  void isWrittenAlone() {
    Path adapter = folder.resolve("adapter");
    AdapterStore.saveDescription(adapter, description("jä"));
    assertThat(AdapterStore.describe(adapter)).isEqualTo(description("jä"));
  }

  @Test
  void aLabelThatIsNoTextIsSaid() {
    assertThatThrownBy(() -> AdapterStore.saveDescription(folder, description("a\ud800")))
        .isInstanceOf(UncheckedIOException.class)
        .cause()
        .hasMessageContainingAll("adapter.json", "half of a surrogate pair", "labels");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void nullIsNoDescription() throws IOException {
    Files.writeString(folder.resolve("adapter.json"), "null");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AdapterStore.describe(folder))
        .withMessageEndingWith(
            "adapter.json: expected format 1 with adapter, and with classes or a prompt, got null");
  }
}
