package io.github.cola4j.model.bert;

import io.github.cola4j.model.ConfigKeys;
import io.github.cola4j.model.TransformerConfig;

/** ELECTRA: encoders for classification. */
public final class ElectraArchitecture implements BertVariant {

  @Override
  public BertFamily family() {
    return BertFamily.ELECTRA;
  }

  @Override
  public TransformerConfig config(ConfigKeys keys) {
    return BertConfig.electra(keys);
  }
}
