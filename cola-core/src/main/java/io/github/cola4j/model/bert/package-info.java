/** Encoders of the BERT family. */
package io.github.cola4j.model.bert;
