// Writes all that is generated from the schema and the command line; with --check it only says whether that is current.
import './generate-types.mts';
import './man-pages.mts';
import './reference.mts';
import './workflows.mts';
import './chart.mts';
