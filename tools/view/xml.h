/* SPDX-License-Identifier: GPL-2.0 */
/* Text as XML wants it. */
#ifndef NCT_VIEW_XML_H
#define NCT_VIEW_XML_H

#include "text.h"

/* Adds s, escaped, between elements. What targets send may hold any bytes. */
void nct_xml_text(struct nct_text *t, const char *s);

/* Adds a blank and name="value". */
void nct_xml_attribute(struct nct_text *t, const char *name, const char *value);

#endif
