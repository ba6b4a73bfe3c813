package io.github.cola4j.adapter.tokens;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * How many of an image's tokens each block merges (ToMe, arXiv 2210.09461), and whether what is
 * merged is modulated before ({@link TokenModulation}).
 *
 * @param counts r, for each block how many tokens are merged into others at most; in files also
 *     {@code low} or {@code high}, the schedules of PYRA's paper for twelve blocks and 197 tokens
 * @param modulation whether a block that merges has parameters of its own
 */
public record TokenMerging(
    @JsonDeserialize(using = Counts.class) List<Integer> counts, Boolean modulation)
    implements Serializable {

  /** What a model without this project's code loses of an adapter that merges tokens. */
  public static final String LEFT_OUT =
      "the adapter was trained with tokenMerging, which is not part of what is written: it computes"
          + " with all tokens, and its answers may differ";

  /** Why an adapter with modulation is no change of weights. */
  public static final String UNMERGEABLE =
      "tokenMerging with modulation changes tokens, and no weight does that; train without"
          + " modulation, or use the adapter as it is";

  private static final Map<String, List<Integer>> SCHEDULES =
      Map.of(
          "low", List.of(16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 10),
          "high", List.of(40, 34, 30, 24, 18, 14, 10, 8, 4, 4, 3, 3));

  /** Fills in what is left out, and checks every value. */
  public TokenMerging {
    modulation = modulation != null && modulation;
    if (counts == null || counts.stream().anyMatch(Objects::isNull)) {
      throw new IllegalArgumentException(
          "tokenMerging needs counts: for each block how many tokens are merged, or low or high");
    }
    counts = List.copyOf(counts);
    if (counts.stream().anyMatch(count -> count < 0)) {
      throw new IllegalArgumentException(
          "tokenMerging.counts must be 0 or more, got " + counts + "; 0 merges nothing in a block");
    }
    if (counts.stream().allMatch(count -> count == 0)) {
      throw new IllegalArgumentException(
          "tokenMerging.counts merges nothing, got " + counts + "; leave tokenMerging out");
    }
  }

  /** Without modulation. */
  public TokenMerging(List<Integer> counts) {
    this(counts, false);
  }

  /**
   * Counts that are written as text: {@code low}, {@code high}, or numbers with commas between
   * them.
   */
  public static List<Integer> counts(String text) {
    List<Integer> named = SCHEDULES.get(text.strip());
    if (named != null) {
      return named;
    }
    try {
      return Arrays.stream(text.split(",")).map(each -> Integer.valueOf(each.strip())).toList();
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "expected low, high or a number for each block, such as 16,16,10, got '" + text + "'", e);
    }
  }

  /**
   * Refuses a model of another number of blocks.
   *
   * @param blocks that it has
   */
  public void requireBlocks(int blocks) {
    if (blocks == 0) {
      throw new IllegalArgumentException(
          "tokenMerging needs a vision transformer (model_type vit), the model has no blocks; remove"
              + " adapter.tokenMerging or take another model");
    }
    if (counts.size() != blocks) {
      throw new IllegalArgumentException(
          String.format(
              "tokenMerging.counts has %d numbers, the model has %d blocks: give one for each%s",
              counts.size(),
              blocks,
              SCHEDULES.containsValue(counts) ? "; low and high are for models of 12" : ""));
    }
  }

  /**
   * Says which models can merge tokens.
   *
   * @param modelType of the one that cannot
   */
  public static IllegalArgumentException refusal(String modelType) {
    return new IllegalArgumentException(
        "tokenMerging needs a vision transformer (model_type vit), the model is of type "
            + modelType
            + "; remove adapter.tokenMerging or take another model");
  }

  /** A list of numbers, one number, or what {@link #counts(String)} takes. */
  static final class Counts extends StdDeserializer<List<Integer>> {
    private static final long serialVersionUID = 1;

    Counts() {
      super(List.class);
    }

    @Override
    public List<Integer> deserialize(JsonParser parser, DeserializationContext context)
        throws IOException {
      if (parser.currentToken() == JsonToken.VALUE_STRING) {
        return counts(parser.getText());
      }
      if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT) {
        return List.of(parser.getIntValue());
      }
      List<Integer> counts = new ArrayList<>();
      if (parser.currentToken() != JsonToken.START_ARRAY) {
        throw wrong(parser.getText());
      }
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
          throw wrong(parser.getText());
        }
        counts.add(parser.getIntValue());
      }
      return Collections.unmodifiableList(counts);
    }

    private static IllegalArgumentException wrong(String got) {
      return new IllegalArgumentException(
          "tokenMerging.counts: expected low, high or a whole number for each block, got " + got);
    }
  }
}
