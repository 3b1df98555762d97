using Hearth.EndToEnd.Tests.Images;

namespace Hearth.EndToEnd.Tests.Worker.Api;

/// <summary>A request whose answer shows that a parameter counts: without it, the answer is another one.</summary>
/// <param name="Path">docker's.</param>
/// <param name="Name">The parameter's.</param>
/// <param name="Query">Has the parameter.</param>
/// <param name="Status">Of the answer.</param>
/// <param name="Words">What the answer has; after an exclamation mark, what only the answer without the parameter has.</param>
internal sealed record QueryProbe(string Path, string Name, string Query, int Status, string Words = "")
{
    /// <summary>The value for the name in the path.</summary>
    public string Id { get; init; } = "box";
}

/// <summary>
/// docker's parameters: there are <c>box</c>, which runs and has written to both outputs, <c>ended</c>, which wrote and ended, and
/// <c>still</c>, which was never started.
/// </summary>
internal static class QueryProbes
{
    private const string Unreadable = "invalid filters";

    public static readonly QueryProbe[] All =
    [
        new("GET /containers/json", "all", "all=1", 200, "/still"),
        new("GET /containers/json", "limit", "limit=1&all=1", 200, "!/box"),
        new("GET /containers/json", "size", "size=1", 200, "SizeRw"),
        new("GET /containers/json", "filters", "filters=%7B", 400, Unreadable),
        new("POST /containers/create", "name", "name=.bad", 400, ".bad"),
        new("POST /containers/create", "platform", "platform=x/y/z/w", 400, "x/y/z/w"),
        new("GET /containers/{id}/json", "size", "size=1", 200, "SizeRootFs"),
        new("GET /containers/{id}/top", "ps_args", "ps_args=-o+pid,nlwp", 200, "NLWP"),
        new("GET /containers/{id}/logs", "stdout", "stdout=1&stderr=1", 200, "said"),
        new("GET /containers/{id}/logs", "stderr", "stdout=1&stderr=1", 200, "wrong"),
        new("GET /containers/{id}/logs", "since", "since=4000000000&stdout=1", 200, "!said"),
        new("GET /containers/{id}/logs", "until", "until=1&stdout=1", 200, "!said"),
        new("GET /containers/{id}/logs", "timestamps", "timestamps=1&stdout=1", 200, "Z said"),
        new("GET /containers/{id}/logs", "tail", "tail=0&stdout=1", 200, "!said"),
        new("GET /containers/{id}/logs", "details", "details=1&stdout=1", 200, " said"),
        new("GET /containers/{id}/stats", "one-shot", "one-shot=1&stream=0", 200, "\"preread\":\"0001-01-01T00:00:00Z\""),
        new("POST /containers/{id}/resize", "h", "h=-1&w=80", 400, "invalid resize height \\u0022-1"),
        new("POST /containers/{id}/resize", "w", "w=-1&h=24", 400, "invalid resize width \\u0022-1"),
        new("POST /containers/{id}/start", "checkpoint", "checkpoint=one", 400, "checkpoint is only supported in experimental mode"),
        new("POST /containers/{id}/stop", "signal", "signal=NEVER&t=0", 400, "NEVER") { Id = "ended" },
        new("POST /containers/{id}/stop", "t", "t=soon", 400, "soon") { Id = "ended" },
        new("POST /containers/{id}/restart", "signal", "signal=NEVER", 400, "NEVER") { Id = "still" },
        new("POST /containers/{id}/kill", "signal", "signal=NEVER", 400, "NEVER") { Id = "ended" },
        new("POST /containers/{id}/rename", "name", "name=ended", 409, "ended"),
        new("POST /containers/{id}/attach", "logs", "logs=1&stdout=1", 200, "last words") { Id = "ended" },
        new("POST /containers/{id}/attach", "stdout", "stdout=1&logs=1", 200, "last words") { Id = "ended" },
        new("POST /containers/{id}/attach", "stderr", "stderr=1&logs=1", 200, "last cry") { Id = "ended" },
        new("POST /containers/{id}/wait", "condition", "condition=never", 400, "never") { Id = "ended" },
        new("DELETE /containers/{id}", "link", "link=1", 501, "there are no links"),
        new("HEAD /containers/{id}/archive", "path", "path=/bin/busybox", 200),
        new("GET /containers/{id}/archive", "path", "path=/bin/busybox", 200),
        new("PUT /containers/{id}/archive", "path", "path=/nowhere", 404, "/nowhere"),
        new("POST /containers/prune", "filters", "filters=%7B", 400, Unreadable),
        new("GET /images/json", "filters", "filters=%7B", 400, Unreadable),
        new("GET /images/json", "shared-size", "shared-size=1", 200, "!\"SharedSize\":-1"),
        new("POST /images/create", "fromImage", "fromImage=%20&tag=x", 400, "cannot use the image name"),
        new("POST /images/create", "tag", "tag=%20&fromImage=127.0.0.1:1/x", 400, "is not a tag"),
        new("POST /images/create", "platform", "platform=x/y/z/w&fromImage=127.0.0.1:1/x", 400, "x/y/z/w"),
        new("POST /images/{name}/push", "tag", "tag=none", 404, "does not exist locally") { Id = "named:1" },
        new("POST /images/{name}/push", "platform", "platform=linux/arm64&tag=none", 400, "with platform"),
        new("POST /images/{name}/tag", "repo", "repo=x:y:z", 400, "x:y:z") { Id = "named:1" },
        new("POST /images/{name}/tag", "tag", "tag=%20&repo=UPPER", 400, "UPPER: ") { Id = "named:1" },
        new("POST /images/prune", "filters", "filters=%7B", 400, Unreadable),
        new("POST /commit", "container", "container=nobody", 404, "nobody"),
        new("GET /events", "since", "since=never&until=1", 400, "never"),
        new("GET /events", "until", "until=never", 400, "never"),
        new("GET /events", "filters", "filters=%7B&until=1", 400, Unreadable),
        new("GET /system/df", "type", "type=volume", 200, "!\"Images\""),
        new("GET /images/get", "names", "names=nothing", 404, "nothing"),
        new("POST /exec/{id}/resize", "h", "h=-1&w=80", 400, "invalid resize height \\u0022-1") { Id = "exec" },
        new("POST /exec/{id}/resize", "w", "w=-1&h=24", 400, "invalid resize width \\u0022-1") { Id = "exec" },
        new("GET /volumes", "filters", "filters=%7B", 400, Unreadable),
        new("DELETE /volumes/{name}", "force", "force=1", 204) { Id = "nothing" },
        new("POST /volumes/prune", "filters", "filters=%7B", 400, Unreadable),
        new("GET /networks", "filters", "filters=%7B", 400, Unreadable),
        new("GET /networks/{id}", "scope", "scope=swarm", 404, "network bridge not found") { Id = "bridge" },
        new("POST /networks/prune", "filters", "filters=%7B", 400, Unreadable),
    ];

    /// <summary>Those that other tests show, by the test.</summary>
    public static readonly (string Path, string Names, Type Class, string Test)[] Shown =
    [
        ("GET /containers/{id}/logs", "follow", typeof(DockerClientTests), nameof(DockerClientTests.A_container_lives_through_all_commands_and_is_the_same_for_hearth)),
        ("GET /containers/{id}/stats", "stream", typeof(DockerDotNetTests), nameof(DockerDotNetTests.A_running_container_gives_executions_statistics_and_events)),
        ("POST /containers/{id}/restart", "t", typeof(DockerRestartTests), nameof(DockerRestartTests.A_drain_is_no_try_and_what_waits_for_its_end_is_restarting)),
        ("POST /containers/{id}/attach", "stream stdin", typeof(AttachmentTests), nameof(AttachmentTests.An_attachment_begins_when_another_program_starts_the_container)),
        ("POST /containers/{id}/attach", "detachKeys", typeof(QueryParameterTests), nameof(QueryParameterTests.Keys_that_detach_are_read)),
        ("GET /containers/{id}/attach/ws", "detachKeys logs", typeof(QueryParameterTests), nameof(QueryParameterTests.Keys_that_detach_are_read)),
        ("GET /containers/{id}/attach/ws", "stream stdin stdout stderr", typeof(AttachmentTests), nameof(AttachmentTests.A_WebSocket_carries_input_and_output_until_the_end)),
        ("DELETE /containers/{id}", "v", typeof(DockerObjectTests), nameof(DockerObjectTests.An_anonymous_volume_outlives_its_container_unless_it_is_removed_with_it)),
        ("DELETE /containers/{id}", "force", typeof(DockerObjectTests), nameof(DockerObjectTests.A_damaged_record_hides_no_other_container_and_is_removed_by_force)),
        ("PUT /containers/{id}/archive", "noOverwriteDirNonDir copyUIDGID", typeof(QueryParameterTests), nameof(QueryParameterTests.An_archive_replaces_and_belongs_as_the_query_says)),
        ("POST /images/create", "fromSrc repo message changes", typeof(QueryParameterTests), nameof(QueryParameterTests.An_import_has_its_name_comment_and_changes_and_an_image_with_names_goes_by_force)),
        ("DELETE /images/{name}", "force", typeof(QueryParameterTests), nameof(QueryParameterTests.An_import_has_its_name_comment_and_changes_and_an_image_with_names_goes_by_force)),
        ("POST /commit", "repo tag comment author changes", typeof(DockerDotNetTests), nameof(DockerDotNetTests.Images_are_committed_saved_loaded_pushed_and_counted)),
        ("POST /commit", "pause", typeof(CommitTests), nameof(CommitTests.A_stopped_container_and_a_directorys_are_committed_too)),
        ("POST /images/load", "quiet", typeof(DockerDotNetTests), nameof(DockerDotNetTests.Images_are_committed_saved_loaded_pushed_and_counted)),
    ];

    /// <summary>Those without effect: docs/docker-api.md says so.</summary>
    public static readonly (string Path, string Names)[] WithoutEffect =
    [
        ("POST /containers/{id}/start", "detachKeys"),
        ("GET /images/json", "all digests manifests"),
        ("DELETE /images/{name}", "noprune"),
        ("PUT /volumes/{name}", "version"),
        ("GET /networks/{id}", "verbose"),
    ];
}
