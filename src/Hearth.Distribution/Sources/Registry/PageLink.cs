namespace Hearth.Distribution.Sources.Registry;

/// <summary>The header by which a list of a registry goes on (RFC 8288): <c>Link: &lt;ADDRESS&gt;; rel="next"</c>.</summary>
internal static class PageLink
{
    /// <summary>The address of the next page, if there is one and it is of the same host.</summary>
    public static string? NextOf(HttpResponseMessage answer)
    {
        string link = answer.Headers.NonValidated.TryGetValues("Link", out var values) ? values.ToString() : "";
        int end = link.IndexOf('>', StringComparison.Ordinal);
        return end > 1 && link[0] == '<' && link.Contains("rel=\"next\"", StringComparison.Ordinal)
            && Uri.TryCreate(answer.RequestMessage!.RequestUri!, link[1..end], out Uri? next) && next.Authority == answer.RequestMessage.RequestUri!.Authority
            ? next.PathAndQuery
            : null;
    }
}
