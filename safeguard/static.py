"""Static files whose names change with their content, so that browsers may keep them for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStatic(CompressedManifestStaticFilesStorage):
    """Follows ES-module imports too: without that, an imported script is fetched unhashed."""

    support_js_module_import_aggregation = True
