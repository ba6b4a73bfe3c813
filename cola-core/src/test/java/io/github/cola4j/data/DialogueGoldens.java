package io.github.cola4j.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cola4j.data.template.ModelTemplate;
import io.github.cola4j.data.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;

/** What {@code tools/make_dialogue_goldens.py} wrote. */
public final class DialogueGoldens {
  public static final LocalDateTime NOW = LocalDateTime.of(2024, 3, 5, 10, 0);

  private DialogueGoldens() {}

  public static Path folder() {
    try {
      return Path.of(DialogueGoldens.class.getResource("/goldens/dialogue").toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  public static JsonNode expected() {
    return json(folder().resolve("expected.json"));
  }

  public static JsonNode json(Path file) {
    try {
      return new ObjectMapper().readTree(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static Tokenizer tokenizer(String name) {
    try {
      byte[] json = Files.readAllBytes(folder().resolve(name).resolve("tokenizer.json"));
      return Tokenizer.untruncated(json, name, 10_000);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static ModelTemplate template(String name) {
    try {
      String source = Files.readString(folder().resolve(name + ".jinja"));
      return new ModelTemplate(source, "<s>", "</s>", NOW);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static Dialogue dialogue(JsonNode messages) {
    List<Message> said = new ArrayList<>();
    for (JsonNode message : messages) {
      said.add(new Message(message.get("role").asText(), message.get("content").asText()));
    }
    return new Dialogue(said);
  }

  /** The messages of a golden rendering. */
  public static Dialogue dialogue(String name, boolean prompt) {
    for (JsonNode rendering : expected().get("renderings")) {
      if (rendering.get("dialogue").asText().equals(name)
          && rendering.get("prompt").asBoolean() == prompt) {
        return dialogue(rendering.get("messages"));
      }
    }
    throw new IllegalStateException("no golden dialogue " + name);
  }

  public static int[] ints(JsonNode numbers) {
    return new ObjectMapper().convertValue(numbers, int[].class);
  }
}
