package io.github.cola4j.model.pooling;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/** What of a text's hidden states is its embedding, as a job file names it. */
public enum Pooling {
  /** The mean over the text's own tokens, as sentence encoders have it (arXiv 1908.10084). */
  @JsonProperty("mean")
  MEAN,
  /** The first token's, {@code [CLS]} or {@code <s>}. */
  @JsonProperty("cls")
  CLS,
  /** The last token's. */
  @JsonProperty("last")
  LAST,
  /**
   * What the last linear layer of the architecture's own classifier gets, as transformers' {@code
   * …ForSequenceClassification} computes it, such as by BERT's pooler. Its weights are frozen.
   */
  @JsonProperty("head")
  HEAD;

  /** As in a job file. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
