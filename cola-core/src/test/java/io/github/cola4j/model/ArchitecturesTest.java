package io.github.cola4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArchitecturesTest {
  @TempDir private Path folder;

  /** Registered by a class loader of a test alone. */
  public static final class Elsewhere implements Architecture {
    @Override
    public Set<String> modelTypes() {
      return Set.of("bert", "elsewhere");
    }

    @Override
    public TransformerConfig config(ConfigKeys keys) {
      throw new IllegalArgumentException(keys.only("model_type", "elsewhere") + " has no sizes");
    }

    @Override
    public Transformer load(TransformerConfig config, WeightLoader weights) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Set<Purpose> purposes() {
      return Set.of(Purpose.CLASSIFICATION);
    }

    @Override
    public Peft peft() {
      return new Peft("", "classifier", "FEATURE_EXTRACTION", Set.of());
    }
  }

  @Test
  void anUnknownTypeNamesThoseThatThereAre() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TransformerConfig.read("{\"model_type\": \"gpt2\"}", "x/config.json"))
        .withMessage(
            "x/config.json: model_type must be \"albert\", \"bert\", \"camembert\", \"deberta-v2\", \"distilbert\","
                + " \"electra\", \"gemma2\", \"gemma3_text\", \"granite\", \"llama\", \"mistral\","
                + " \"modernbert\", \"mpnet\", \"olmo2\", \"phi3\", \"qwen2\", \"qwen3\", \"roberta\", \"smollm3\","
                + " \"stablelm\", \"starcoder2\", \"toy\", \"vit\" or \"xlm-roberta\", which are implemented; got \"gpt2\"");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Architectures.of("gpt2"))
        .withMessageContainingAll("\"bert\", ", "or \"xlm-roberta\", got 'gpt2'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TransformerConfig.read("{}", "x/config.json"))
        .withMessageEndingWith("which are implemented; got nothing");
  }

  /** The table of docs/reference/models.md has every type, with what it is for, and no other. */
  @Test
  void theDocumentedTypesAreThoseThatThereAre() throws IOException {
    Map<String, String> documented = new TreeMap<>();
    for (String line : Files.readAllLines(Path.of("../docs/reference/models.md"))) {
      String[] cells = line.split("\\|", -1);
      if (cells.length > 3
          && cells[2].strip().matches("classifications|dialogues(, classifications)?")) {
        Pattern.compile("`([^`]+)`")
            .matcher(cells[1])
            .results()
            .forEach(type -> documented.put(type.group(1), cells[2].strip()));
      }
    }
    Map<String, String> registered = new TreeMap<>();
    for (Architecture architecture : Architectures.all()) {
      List<String> tasks = new ArrayList<>();
      if (architecture.purposes().contains(Architecture.Purpose.DIALOGUE)) {
        tasks.add("dialogues");
      }
      if (architecture.purposes().contains(Architecture.Purpose.CLASSIFICATION)) {
        tasks.add("classifications");
      }
      architecture.modelTypes().forEach(type -> registered.put(type, String.join(", ", tasks)));
    }
    registered.remove("toy"); // of these tests
    assertThat(documented).isEqualTo(registered);
  }

  @Test
  void thoseOfTheContextClassLoaderComeSecond() throws IOException {
    Path services = Files.createDirectories(folder.resolve("META-INF/services"));
    Files.writeString(services.resolve(Architecture.class.getName()), Elsewhere.class.getName());
    URL[] urls = {folder.toUri().toURL()};
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    int known = Architectures.all().size();
    try (URLClassLoader loader = new URLClassLoader(urls, Architecture.class.getClassLoader())) {
      thread.setContextClassLoader(loader);
      assertThat(Architectures.of("elsewhere")).isInstanceOf(Elsewhere.class);
      assertThat(Architectures.of("bert")).isNotInstanceOf(Elsewhere.class);
      assertThat(Architectures.all()).hasSize(known + 1);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> TransformerConfig.read("{\"model_type\": \"elsewhere\"}", "c.json"))
          .withMessage("c.json: elsewhere has no sizes");
    } finally {
      thread.setContextClassLoader(before);
    }
    assertThatIllegalArgumentException().isThrownBy(() -> Architectures.of("elsewhere"));
  }
}
