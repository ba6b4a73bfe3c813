/** What language models learn: to answer dialogues, to continue texts, to prefer answers. */
package io.github.cola4j.train.language;
