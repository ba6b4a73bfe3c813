package io.github.cola4j.model.bert;

import io.github.cola4j.model.ConfigKeys;
import io.github.cola4j.model.TransformerConfig;

/** BERT: encoders for classification. */
public final class BertArchitecture implements BertVariant {

  @Override
  public BertFamily family() {
    return BertFamily.BERT;
  }

  @Override
  public TransformerConfig config(ConfigKeys keys) {
    return BertConfig.bert(keys);
  }
}
