package io.github.cola4j.model.bert;

import io.github.cola4j.model.ConfigKeys;
import io.github.cola4j.model.TransformerConfig;

/** ALBERT: encoders with shared blocks, for classification. */
public final class AlbertArchitecture implements BertVariant {

  @Override
  public BertFamily family() {
    return BertFamily.ALBERT;
  }

  @Override
  public TransformerConfig config(ConfigKeys keys) {
    return BertConfig.albert(keys);
  }
}
