package io.github.cola4j.data;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * A Hugging Face tokenizer from its {@code tokenizer.json}, without padding. With a largest length,
 * longer texts are truncated so that the special tokens stay (of a pair, the longer text first).
 * Safe for many threads. Close it to free its native memory.
 */
public final class Tokenizer implements AutoCloseable {
  private final HuggingFaceTokenizer tokenizer;

  /** Added tokens: those that a text holds whole, special ones among them. */
  private final Map<String, Integer> idOf = new HashMap<>();

  private final Map<Integer, String> textOf = new HashMap<>();

  /** Added tokens that are said to be special: what controls a model. */
  private final List<String> specialTexts = new ArrayList<>();

  /** Whether a space is put before a text, as SentencePiece does. */
  private final boolean spaceBefore;

  /**
   * A tokenised text.
   *
   * @param sample its tokens
   * @param truncated whether some were cut off
   */
  public record Tokens(Sample sample, boolean truncated) {}

  /**
   * Reads a tokenizer.
   *
   * @param json the content of {@code tokenizer.json}
   * @param source for messages
   * @param vocabulary the number of embeddings of the model it is for
   * @param maxLength tokens of a text at most, special tokens included
   * @throws IllegalArgumentException if it is none, or has more entries than the model
   */
  public Tokenizer(byte[] json, String source, int vocabulary, int maxLength) {
    this(json, source, vocabulary, OptionalInt.of(maxLength));
  }

  /**
   * Reads a tokenizer that never truncates, as a decoder language model needs it.
   *
   * @see #Tokenizer(byte[], String, int, int)
   */
  public static Tokenizer untruncated(byte[] json, String source, int vocabulary) {
    return new Tokenizer(json, source, vocabulary, OptionalInt.empty());
  }

  private Tokenizer(byte[] json, String source, int vocabulary, OptionalInt maxLength) {
    Map<String, String> options = new HashMap<>();
    options.put("padding", "false");
    options.put("truncation", String.valueOf(maxLength.isPresent()));
    if (maxLength.isPresent()) {
      options.put("maxLength", String.valueOf(maxLength.getAsInt()));
      options.put("modelMaxLength", String.valueOf(maxLength.getAsInt()));
    }
    try {
      JsonNode tree = new ObjectMapper().readTree(json);
      int highest = highestId(tree);
      if (highest >= vocabulary) {
        throw new IllegalArgumentException(
            "the vocabulary has a token of id "
                + highest
                + ", the model has "
                + vocabulary
                + " embeddings; take tokenizer.json and weights of one and the same model");
      }
      for (JsonNode token : tree.path("added_tokens")) {
        idOf.put(token.path("content").asText(), token.path("id").asInt());
        textOf.put(token.path("id").asInt(), token.path("content").asText());
        if (token.path("special").asBoolean() && !token.path("content").asText().isEmpty()) {
          specialTexts.add(token.path("content").asText());
        }
      }
      tokenizer = HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), options);
    } catch (IOException | RuntimeException e) {
      throw new IllegalArgumentException(
          source + " is not a usable tokenizer.json: " + e.getMessage(), e);
    }
    spaceBefore = maxLength.isEmpty() && spaceBefore();
  }

  /** Whether {@code x} after a line break is not the token or tokens of {@code x} alone. */
  private boolean spaceBefore() {
    int[] lineBreak = ids("\n", false);
    int[] both = ids("\nx", false);
    return both.length > lineBreak.length
        && !Arrays.equals(Arrays.copyOfRange(both, lineBreak.length, both.length), ids("x", false));
  }

  /** The largest id of {@code tokenizer.json}'s vocabulary and added tokens. */
  private static int highestId(JsonNode json) {
    JsonNode vocabulary = json.path("model").path("vocab");
    int highest = vocabulary.isArray() ? vocabulary.size() - 1 : -1;
    if (vocabulary.isObject()) {
      for (JsonNode id : vocabulary) {
        highest = Math.max(highest, id.asInt());
      }
    }
    for (JsonNode token : json.path("added_tokens")) {
      highest = Math.max(highest, token.path("id").asInt());
    }
    return highest;
  }

  /**
   * Tokenises a text or a pair.
   *
   * @param pair the second text, or null
   * @param label the class's number
   */
  public Tokens encode(String text, String pair, int label) {
    Encoding encoding =
        pair == null
            ? tokenizer.encode(text, true, false)
            : tokenizer.encode(text, pair, true, false);
    Sample sample = new Sample(ints(encoding.getIds()), ints(encoding.getTypeIds()), label);
    return new Tokens(sample, encoding.exceedMaxLength());
  }

  /**
   * The tokens of a text; special tokens that stand in the text are found in any case.
   *
   * @param around whether special tokens are put around it, as the tokenizer does with a single
   *     text
   */
  public int[] ids(String text, boolean around) {
    return ints(tokenizer.encode(text, around, false).getIds());
  }

  /**
   * The tokens of a text that goes on where others end, without special tokens around it. Where the
   * tokenizer would put a space before a text of its own, there is none before this one.
   *
   * @param before the tokens so far
   */
  public int[] continuation(int[] before, String text) {
    int[] alone = ids(text, false);
    if (!spaceBefore || before.length == 0) {
      return alone;
    }
    String context = textOf.getOrDefault(before[before.length - 1], "\n");
    int[] contextIds = ids(context, false);
    int[] both = ids(context + text, false);
    int n = contextIds.length;
    return both.length > n && Arrays.equals(contextIds, Arrays.copyOf(both, n))
        ? Arrays.copyOfRange(both, n, both.length)
        : alone;
  }

  /**
   * The text of tokens.
   *
   * @param special whether special tokens are written; else they are left out
   */
  public String decode(int[] ids, boolean special) {
    return tokenizer.decode(Arrays.stream(ids).asLongStream().toArray(), !special);
  }

  /** The id of a special or otherwise added token, −1 if there is none of that text. */
  public int specialId(String text) {
    return idOf.getOrDefault(text, -1);
  }

  /** The text of a special or otherwise added token, null if the id is not one's. */
  public String specialText(int id) {
    return textOf.get(id);
  }

  /** The texts of the tokens that control the model; in any text they are read as these tokens. */
  public List<String> specialTexts() {
    return Collections.unmodifiableList(specialTexts);
  }

  private static int[] ints(long[] values) {
    return Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
