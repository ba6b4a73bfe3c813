package io.github.cola4j.data.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.data.DialogueGoldens;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerTest {
  /** Qwen2's: runs of white space are words, so that merges may cross them. */
  private static final String QWEN2 =
      """
      {"type": "Sequence", "pretokenizers": [
        {"type": "Split", "behavior": "Isolated", "invert": false, "pattern": {"Regex":
         "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?\\\\p{L}+|\\\\p{N}| ?[^\\\\s\\\\p{L}\\\\p{N}]+[\\\\r\\\\n]*|\\\\s*[\\\\r\\\\n]+|\\\\s+(?!\\\\S)|\\\\s+"}},
        {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false}]}
      """;

  private static ObjectNode json(String name) throws IOException {
    return (ObjectNode) DialogueGoldens.json(path(name));
  }

  private static Path path(String name) {
    return DialogueGoldens.folder().resolveSibling(name).resolve("tokenizer.json");
  }

  private static byte[] bert(Consumer<ObjectNode> change) throws IOException {
    ObjectNode json = json("bert/model");
    change.accept(json);
    return json.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Byte-level, with tokens for runs of two, four and eight blanks and of line breaks. */
  private static byte[] blanks() throws IOException {
    ObjectNode json = json("decoder/qwen2/model");
    json.set("pre_tokenizer", new ObjectMapper().readTree(QWEN2));
    ObjectNode vocabulary = (ObjectNode) json.at("/model/vocab");
    json.putArray("added_tokens");
    String[] pairs = {"Ġ Ġ", "ĠĠ ĠĠ", "ĠĠĠĠ ĠĠĠĠ", "Ċ Ċ", "ĠĠĠĠ Ċ", "Ġ ĊĊ"};
    for (String pair : pairs) {
      vocabulary.put(pair.replace(" ", ""), vocabulary.size());
      json.withArray("/model/merges").addArray().add(pair.split(" ")[0]).add(pair.split(" ")[1]);
    }
    return json.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Words, runs of blanks and of letters, other scripts, marks, brackets: of all sizes. */
  private static String randomText(Random random, int length) {
    String[] parts = {
      "one", "two", "Count", " ", "  ", "\n", "\n\n", "\t", "é", "e\u0301", "四五六", "🙂", "'s", "7",
      "12345", "!?", "...", "<s>", "[SEP]", "\u00A0", "abcabc", "ü", " three", "\r\n"
    };
    StringBuilder text = new StringBuilder();
    int kinds = 1 + random.nextInt(parts.length);
    int offset = random.nextInt(parts.length);
    while (text.length() < length) {
      String part = parts[(offset + random.nextInt(kinds)) % parts.length];
      int most = random.nextInt(50) == 0 ? 3000 : 3;
      text.append(part.repeat(1 + random.nextInt(most)));
    }
    return text.toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"dialogue/byte-level", "dialogue/sentence-piece", "blanks"})
  void theFirstTokensAreThoseOfTheWholeText(String name) throws IOException {
    byte[] json = name.equals("blanks") ? blanks() : Files.readAllBytes(path(name));
    Random random = new Random(1);
    int cut = 0;
    try (Tokenizer tokenizer = Tokenizer.untruncated(json, name, 10_000)) {
      for (int i = 0; i < 25; i++) { // every fifth a large one, which takes most of the time
        String text = randomText(random, 6000 + random.nextInt(i % 5 == 0 ? 30_000 : 6000));
        int limit = 1 + random.nextInt(400);
        int[] all = tokenizer.ids(text, false);
        int[] first = tokenizer.ids(text, false, limit);
        cut += first.length < all.length ? 1 : 0;
        assertThat(Arrays.copyOf(first, Math.min(limit, first.length)))
            .isEqualTo(Arrays.copyOf(all, Math.min(limit, all.length)));
        assertThat(first.length > limit).isEqualTo(all.length > limit);
        assertThat(tokenizer.continuation(all, text, limit))
            .startsWith(
                Arrays.copyOf(tokenizer.continuation(all, text), Math.min(limit, all.length)));
      }
    }
    assertThat(cut).as("texts that were cut").isGreaterThan(8);
  }

  /** The whole text is tokenised by a tokenizer that does not truncate, and truncated here. */
  @Test
  void aTruncatedTextHasTheTokensOfTheWholeText() throws IOException {
    byte[] json = bert(tree -> {});
    Random random = new Random(2);
    int long0 = 0;
    for (int limit : new int[] {16, 61}) {
      try (Tokenizer tokenizer = new Tokenizer(json, "bert", 200, limit);
          Tokenizer whole = Tokenizer.untruncated(json, "bert", 200)) {
        for (int i = 0; i < 10; i++) {
          String text = randomText(random, 5000 + random.nextInt(20_000));
          String pair = randomText(random, random.nextInt(15_000));
          int[] one = whole.ids(text, false);
          int[] two = whole.ids(pair, false);
          Tokenizer.Tokens alone = tokenizer.encode(text, null, 0);
          int kept = Math.min(one.length, limit - 2);
          assertThat(Arrays.copyOfRange(alone.sample().ids(), 1, kept + 1))
              .isEqualTo(Arrays.copyOf(one, kept));
          assertThat(alone.sample().length()).isEqualTo(kept + 2);
          assertThat(alone.truncated()).isEqualTo(one.length > limit - 2);
          int room = limit - 3;
          int less = Math.min(one.length, two.length);
          int shorter = Math.min(less, room / 2);
          int longer = Math.min(Math.max(one.length, two.length), room - shorter);
          int first = one.length > two.length ? longer : shorter;
          int second = one.length > two.length ? shorter : longer;
          int[] both = tokenizer.encode(text, pair, 0).sample().ids();
          assertThat(both).hasSize(first + second + 3);
          assertThat(Arrays.copyOfRange(both, 1, first + 1)).isEqualTo(Arrays.copyOf(one, first));
          assertThat(Arrays.copyOfRange(both, first + 2, both.length - 1))
              .isEqualTo(Arrays.copyOf(two, second));
          long0 += one.length > limit ? 1 : 0;
        }
      }
    }
    assertThat(long0).isGreaterThan(8);
  }

  @Test
  @Timeout(20)
  void hugeTextsCostWhatIsKeptOfThem() throws IOException {
    String blanks = " ".repeat(12_000_000);
    try (Tokenizer tokenizer = Tokenizer.untruncated(blanks(), "blanks", 10_000)) {
      int eight = tokenizer.ids(" ".repeat(9), false)[0];
      assertThat(Arrays.copyOf(tokenizer.ids(blanks, false, 500), 500)).containsOnly(eight);
      assertThat(Arrays.copyOf(tokenizer.ids("a".repeat(5_000_000), false, 500), 500))
          .containsOnly(tokenizer.ids("a", false)[0]);
      assertThatThrownBy(() -> tokenizer.ids(blanks, false))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("a text of 12,000,000 characters, of which up to 1,048,576");
    }
    try (Tokenizer tokenizer = new Tokenizer(bert(tree -> {}), "bert", 200, 32)) {
      assertThat(tokenizer.encode("one" + blanks + "two", null, 0).sample().ids())
          .isEqualTo(tokenizer.encode("one two", null, 0).sample().ids());
      assertThat(tokenizer.encode("one two ".repeat(700_000), null, 0).sample().length())
          .isEqualTo(32);
      assertThatThrownBy(() -> tokenizer.encode("a".repeat(2_000_000), null, 0))
          .hasMessageContaining("a text of 2,000,000 characters");
    }
  }

  @Test
  void halfACharacterIsReplaced() throws IOException {
    try (Tokenizer tokenizer = Tokenizer.untruncated(blanks(), "blanks", 10_000)) {
      assertThat(tokenizer.ids("a\uD83D 🙂\uDE42", false))
          .isEqualTo(tokenizer.ids("a\uFFFD 🙂\uFFFD", false));
    }
  }

  @Test
  void anAddedTokenWithoutEmbeddingNeverComesOutOfAText() throws IOException {
    byte[] json =
        bert(
            tree ->
                tree.withArray("added_tokens")
                    .addObject()
                    .put("id", 200)
                    .put("content", "<pad>")
                    .put("single_word", false)
                    .put("lstrip", false)
                    .put("rstrip", false)
                    .put("normalized", false)
                    .put("special", true));
    try (Tokenizer tokenizer = new Tokenizer(json, "t", 200, 32);
        Tokenizer without = new Tokenizer(bert(tree -> {}), "t", 200, 32)) {
      assertThat(tokenizer.withoutEmbedding()).containsExactly("<pad>");
      assertThat(tokenizer.specialId("<pad>")).isEqualTo(-1);
      assertThat(tokenizer.specialId("[SEP]")).isEqualTo(3);
      assertThat(tokenizer.ids("a <pad>", true)).isEqualTo(without.ids("a <pad>", true));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          /model/vocab | "zz": 4294967301 | got 4294967301
          /model/vocab | "zz": -5 | token 'zz', got -5
          /model/vocab | "zz": 1.5 | token 'zz', got 1.5
          /model/vocab | "zz": 200 | a token of id 200, the model has 200 embeddings
          /model/vocab | "zz": 5 | it has 201 entries in its vocabulary, the model has 200
          /model | "dropout": 0.1 | model.dropout is 0.1
          /model | "max_input_chars_per_word": 100000 | max_input_chars_per_word of up to 1000, got 100000
          `` | "added_tokens": [{"id": 5000000000, "content": "Q"}] | token 'Q', got 5000000000
          /post_processor/special_tokens/[CLS] | "ids": [999999] | post_processor writes token 999999
          `` | "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(a+)+$"}, "behavior": "Isolated", "invert": false} | '(a+)+$' could stop the program
          `` | "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(((("}, "behavior": "Isolated", "invert": false} | unmatched parenthesis
          `` | "normalizer": {"type": "Sequence", "normalizers": [{"type": "Replace", "pattern": {"String": "a"}, "content": "aaaaaaaaa"}, {"type": "Replace", "pattern": {"String": "a"}, "content": "aaaaaaaaa"}]} | make a text more than 64 times as long
          `` | "normalizer": {"type": "Prepend", "prepend": "LONG"} | put more than 1000 characters before it
          `` | "model": null | Model missing
          """)
  void filesThatCouldStopTheProgramAreRefused(String where, String change, String message)
      throws IOException {
    byte[] json =
        bert(
            tree -> {
              try {
                ObjectNode changes =
                    (ObjectNode)
                        new ObjectMapper()
                            .readTree("{" + change.replace("LONG", "x".repeat(2000)) + "}");
                ObjectNode at = (ObjectNode) tree.at(where);
                at.setAll(changes);
                if (changes.path("model").isNull()) {
                  at.remove("model");
                }
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    assertThatThrownBy(() -> new Tokenizer(json, "x/tokenizer.json", 200, 32))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("x/tokenizer.json is not a usable tokenizer.json: ")
        .hasMessageContaining(message);
  }
}
