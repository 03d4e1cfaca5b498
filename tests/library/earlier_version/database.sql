BEGIN TRANSACTION;
CREATE TABLE access_token (
	id VARCHAR NOT NULL, 
	user_id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	token_hash VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	last_used_at DATETIME, 
	PRIMARY KEY (id), 
	FOREIGN KEY(user_id) REFERENCES user_account (id) ON DELETE CASCADE, 
	UNIQUE (token_hash)
);
INSERT INTO "access_token" VALUES('01M8P3N4GDACNSB2WCW2GC7XAX','01M8P3N2RWMYE3F7CFP7H2W0XD','script','458f6e9fd5c95c98f78ee105be8821082462a73ad33746cba6cbc5674691ff97','2026-11-30 11:32:45.709939',NULL);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0007');
CREATE TABLE artifact (
	id VARCHAR NOT NULL, 
	content_key VARCHAR NOT NULL, 
	blob_key VARCHAR NOT NULL, 
	size_bytes BIGINT NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	media_type VARCHAR NOT NULL, 
	page_count INTEGER NOT NULL, 
	missing_pages JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	asked_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, checked_at DATETIME, 
	PRIMARY KEY (id), 
	UNIQUE (blob_key), 
	UNIQUE (content_key)
);
INSERT INTO "artifact" VALUES('01M8P3N3Z9QNEJBXM1XVNVVV4H','7bbf1fcdca93503bc44ac5da4f74ed44198f977b02aaebb8eab4330c0e7f0efe','artifacts/7b/7bbf1fcdca93503bc44ac5da4f74ed44198f977b02aaebb8eab4330c0e7f0efe-ea33d11de771.cbz',1859,'c7fb731fee6048e4cf4a43789fb2f5766ecbd0756c5e33046e5b3c68902f761d','application/vnd.comicbook+zip',3,'[]','2026-11-30 11:32:45.161671','2026-11-30 11:32:45.220874','2121-12-24 16:52:45.220874',NULL);
CREATE TABLE browser_session (
	token_hash VARCHAR NOT NULL, 
	user_id VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	PRIMARY KEY (token_hash), 
	FOREIGN KEY(user_id) REFERENCES user_account (id) ON DELETE CASCADE
);
INSERT INTO "browser_session" VALUES('d3a09388876dc47041b383ca01a3b6543015677e66bcdbb986498fe307c4249f','01M8P3N2RWMYE3F7CFP7H2W0XD','2026-11-30 11:32:44.637884','2121-12-24 16:52:44.637884');
CREATE TABLE comic (
	id VARCHAR NOT NULL, 
	path VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	fingerprint VARCHAR NOT NULL, 
	series_id VARCHAR, 
	title VARCHAR NOT NULL, 
	title_key VARCHAR NOT NULL, 
	number VARCHAR NOT NULL, 
	number_key VARCHAR NOT NULL, 
	metadata JSON NOT NULL, 
	search_text TEXT DEFAULT '' NOT NULL, 
	page_count INTEGER NOT NULL, 
	damaged_pages INTEGER NOT NULL, 
	size_bytes BIGINT NOT NULL, 
	error TEXT DEFAULT '' NOT NULL, 
	cover_version VARCHAR NOT NULL, 
	added_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	missing_at DATETIME, 
	PRIMARY KEY (id), 
	FOREIGN KEY(series_id) REFERENCES series (id) ON DELETE SET NULL, 
	UNIQUE (path)
);
INSERT INTO "comic" VALUES('01M8P3N2ZQBRC11D6NEH7TNZ0B','Loose pages','folder','7c3ee5e384d60f98196489ffd66f6cf1893019535536d2b51395c51f7b399eb5',NULL,'Loose pages','loose pages','','000000 2','{"title": "Loose pages", "series": "", "number": "", "volume": null, "year": null, "month": null, "day": null, "summary": "", "publisher": "", "genre": "", "web": "", "language": "", "age_rating": "", "creators": [], "reading_direction": "ltr"}','loose pages loose pages',2,0,684,'','1f9591455892b215','2026-11-30 11:32:44.151364','2026-11-30 11:32:44.151364',NULL);
INSERT INTO "comic" VALUES('01M8P3N31XQBVR7G6GS5YRVE6A','Only.cbz','zip','9e33035abfc2f69ac2e9392b57a173610002103f7f1dbb12a34000d71a289632',NULL,'Only','only','','000000 2','{"title": "Only", "series": "", "number": "", "volume": null, "year": null, "month": null, "day": null, "summary": "", "publisher": "", "genre": "", "web": "", "language": "", "age_rating": "", "creators": [], "reading_direction": "ltr"}','only only.cbz',3,0,1026,'','9c136a4aec66ea09','2026-11-30 11:32:44.221607','2026-11-30 11:32:44.221607',NULL);
INSERT INTO "comic" VALUES('01M8P3N3397TSDYRRSPNMMM1E2','Nova/Nova 001.cbz','zip','c7cccabcb0245e9ffee26cd3d44975493ae7c1ff5a7654f2dcc333b96f079711','01M8P3N339A47E4GM92HWJ878H','Nova #1','nova #0000000001','1','000000 10000000001','{"title": "Nova #1", "series": "Nova", "number": "1", "volume": null, "year": null, "month": null, "day": null, "summary": "", "publisher": "", "genre": "", "web": "", "language": "", "age_rating": "", "creators": [], "reading_direction": "ltr"}','nova #1 nova 1 nova/nova 001.cbz',3,0,1026,'','be26df8976c48308','2026-11-30 11:32:44.265857','2026-11-30 11:32:44.265857',NULL);
INSERT INTO "comic" VALUES('01M8P3N351RYF8XBS6A750XWQ7','Nova/Nova 002.cbz','zip','5b2493d8bc2f6bf44da5d34427f415605572a5762b0a971bfed681e0871c6f79','01M8P3N339A47E4GM92HWJ878H','Nova #2','nova #0000000002','2','000000 10000000002','{"title": "Nova #2", "series": "Nova", "number": "2", "volume": null, "year": null, "month": null, "day": null, "summary": "", "publisher": "", "genre": "", "web": "", "language": "", "age_rating": "", "creators": [], "reading_direction": "ltr"}','nova #2 nova 2 nova/nova 002.cbz',3,0,1026,'','06a7ccc8aa5b5ec2','2026-11-30 11:32:44.321611','2026-11-30 11:32:44.321611',NULL);
INSERT INTO "comic" VALUES('01M8P3N368KQVM4JEC2HFW8RH3','Runs (2019)/Runs 001.cbz','zip','6321821cd80642e4a145b4d5ddf6bf9ee7ba0b5be83f4a23cfed84f32103bdc8','01M8P3N3681A2PVGPK1R38MSEJ','Runs #1','runs #0000000001','1','000000 10000000001','{"title": "Runs #1", "series": "Runs", "number": "1", "volume": null, "year": null, "month": null, "day": null, "summary": "", "publisher": "", "genre": "", "web": "", "language": "", "age_rating": "", "creators": [], "reading_direction": "ltr"}','runs #1 runs 1 runs (2019)/runs 001.cbz',3,0,1026,'','a0b676692054f2e3','2026-11-30 11:32:44.360584','2026-11-30 11:32:44.360584',NULL);
INSERT INTO "comic" VALUES('01M8P3N38QSQTZC5BN30V1SRVR','Runs (2021)/Runs 001.cbz','zip','2baca59c71bc3cf66bd1b1f024b83cb66e1ff312dfc24b50cf750bb830fd5c17','01M8P3N3681A2PVGPK1R38MSEJ','Runs #1','runs #0000000001','1','000000 10000000001','{"title": "Runs #1", "series": "Runs", "number": "1", "volume": null, "year": null, "month": null, "day": null, "summary": "", "publisher": "", "genre": "", "web": "", "language": "", "age_rating": "", "creators": [], "reading_direction": "ltr"}','runs #1 runs 1 runs (2021)/runs 001.cbz',3,0,1026,'','0d30c394debc766e','2026-11-30 11:32:44.439358','2026-11-30 11:32:44.439358',NULL);
CREATE TABLE cron_slot (
	name VARCHAR NOT NULL, 
	slot DATETIME NOT NULL, 
	claimed_at DATETIME NOT NULL, 
	PRIMARY KEY (name, slot)
);
CREATE TABLE delivered_range (
	job_id VARCHAR NOT NULL, 
	start_byte BIGINT NOT NULL, 
	end_byte BIGINT NOT NULL, 
	PRIMARY KEY (job_id, start_byte), 
	FOREIGN KEY(job_id) REFERENCES job (id) ON DELETE CASCADE
);
CREATE TABLE job (
	id VARCHAR NOT NULL, 
	user_id VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	revision BIGINT NOT NULL, 
	format VARCHAR NOT NULL, 
	quality VARCHAR NOT NULL, 
	comics JSON NOT NULL, 
	request JSON NOT NULL, 
	request_key VARCHAR NOT NULL, 
	idempotency_key VARCHAR, 
	content_key VARCHAR NOT NULL, 
	rendition_key VARCHAR NOT NULL, 
	filename VARCHAR NOT NULL, 
	media_type VARCHAR NOT NULL, 
	on_page_error VARCHAR NOT NULL, 
	priority INTEGER NOT NULL, 
	expected_bytes BIGINT NOT NULL, 
	ttl_seconds INTEGER NOT NULL, 
	phase VARCHAR NOT NULL, 
	progress INTEGER NOT NULL, 
	pages_done INTEGER NOT NULL, 
	pages_total INTEGER NOT NULL, 
	bytes_done BIGINT NOT NULL, 
	file_size_bytes BIGINT, 
	downloaded_bytes BIGINT NOT NULL, 
	waiting_for VARCHAR NOT NULL, 
	attempt INTEGER NOT NULL, 
	max_attempts INTEGER NOT NULL, 
	not_before DATETIME NOT NULL, 
	owner VARCHAR, 
	worker_id VARCHAR, 
	lease_until DATETIME, 
	progressed_at DATETIME, 
	error_code VARCHAR NOT NULL, 
	error_message TEXT DEFAULT '' NOT NULL, 
	error_retryable BOOLEAN NOT NULL, 
	error_comic_id VARCHAR, 
	error_page_index INTEGER, 
	missing_pages JSON NOT NULL, 
	artifact_id VARCHAR, 
	sha256 VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	started_at DATETIME, 
	attempt_started_at DATETIME, 
	finished_at DATETIME, 
	expires_at DATETIME, 
	deleted_at DATETIME, content_since DATETIME, progress_before INTEGER DEFAULT '0' NOT NULL, share_id VARCHAR REFERENCES share (id) ON DELETE CASCADE, guest_id VARCHAR CONSTRAINT job_guest_of_share CHECK ((share_id IS NULL) = (guest_id IS NULL)), room_bytes BIGINT DEFAULT '0' NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT job_owner_while_preparing CHECK ((status = 'preparing') = (owner IS NOT NULL)), 
	CONSTRAINT job_deleted_is_finished CHECK (deleted_at IS NULL OR status NOT IN ('paused', 'preparing', 'queued')), 
	CONSTRAINT job_phase CHECK (phase IN ('waiting', 'converting', 'packaging', 'verifying', 'storing', 'done')), 
	CONSTRAINT job_failed_says_why CHECK (status <> 'failed' OR error_code <> ''), 
	CONSTRAINT job_ready_has_file CHECK (status <> 'ready' OR (artifact_id IS NOT NULL AND progress = 100)), 
	CONSTRAINT job_done_only_when_ready CHECK (status = 'ready' OR progress < 100), 
	CONSTRAINT job_status CHECK (status IN ('queued', 'preparing', 'paused', 'ready', 'failed', 'cancelled', 'expired')), 
	CONSTRAINT job_lease_with_owner CHECK ((owner IS NULL) = (lease_until IS NULL)), 
	CONSTRAINT job_counts CHECK (attempt >= 0 AND pages_done >= 0 AND pages_done <= pages_total), 
	FOREIGN KEY(artifact_id) REFERENCES artifact (id) ON DELETE RESTRICT, 
	FOREIGN KEY(user_id) REFERENCES user_account (id) ON DELETE CASCADE, 
	CONSTRAINT job_idempotency UNIQUE (user_id, idempotency_key)
);
INSERT INTO "job" VALUES('01M8P3N3R24DDJWSCVWHNFW2VJ','01M8P3N2RWMYE3F7CFP7H2W0XD','ready',6,'cbz','original','[{"id": "01M8P3N3397TSDYRRSPNMMM1E2", "title": "Nova #1"}]','{"comic_ids": ["01M8P3N3397TSDYRRSPNMMM1E2"], "series_id": null, "format": "cbz", "quality": "original", "pages": "", "grayscale": false, "crop_margins": false, "strips": null, "image_format": "source", "page_names": "original", "target_size_bytes": null, "metadata": true, "on_page_error": "fail", "expires_in_seconds": null}','7bbf1fcdca93503bc44ac5da4f74ed44198f977b02aaebb8eab4330c0e7f0efe',NULL,'7bbf1fcdca93503bc44ac5da4f74ed44198f977b02aaebb8eab4330c0e7f0efe','','Nova 001.cbz','application/vnd.comicbook+zip','fail',0,1776,3000000000,'done',100,3,3,795,1859,0,'',1,3,'2026-11-30 11:32:44.932000',NULL,NULL,NULL,'2026-11-30 11:32:45.128000','','',0,NULL,NULL,'[]','01M8P3N3Z9QNEJBXM1XVNVVV4H','c7fb731fee6048e4cf4a43789fb2f5766ecbd0756c5e33046e5b3c68902f761d','2026-11-30 11:32:44.930260','2026-11-30 11:32:45.060000','2026-11-30 11:32:45.060000','2026-11-30 11:32:45.172845','2121-12-24 16:52:45.172845',NULL,NULL,0,NULL,NULL,1776);
INSERT INTO "job" VALUES('01M8P3N4GTPTC6RP19NF61ZYZJ','01M8P3N2RWMYE3F7CFP7H2W0XD','queued',7,'pdf','original','[{"id": "01M8P3N2ZQBRC11D6NEH7TNZ0B", "title": "Loose pages"}]','{"comic_ids": ["01M8P3N2ZQBRC11D6NEH7TNZ0B"], "series_id": null, "format": "pdf", "quality": "original", "pages": "", "grayscale": false, "crop_margins": false, "strips": null, "image_format": "source", "page_names": "original", "target_size_bytes": null, "metadata": true, "on_page_error": "fail", "expires_in_seconds": null}','6ec57f24c75e9e82f590043d5f204defe337156e6c8be8f8d97472fc34e72496',NULL,'6ec57f24c75e9e82f590043d5f204defe337156e6c8be8f8d97472fc34e72496','','Loose pages.pdf','application/pdf','fail',0,1644,3000000000,'waiting',0,0,2,0,NULL,0,'',0,3,'2026-11-30 11:32:45.722000',NULL,NULL,NULL,NULL,'','',0,NULL,NULL,'[]',NULL,'','2026-11-30 11:32:45.722024',NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,1644);
CREATE TABLE library_scan (
	id VARCHAR NOT NULL, 
	requested_at DATETIME NOT NULL, 
	started_at DATETIME, 
	heartbeat_at DATETIME, 
	finished_at DATETIME, 
	comics_done INTEGER NOT NULL, 
	comics_total INTEGER NOT NULL, 
	error TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "library_scan" VALUES('01M8P3N2TD2GSGGZ5A00Q1357E','2026-11-30 11:32:43.981791','2026-11-30 11:32:44.036725','2026-11-30 11:32:44.462575','2026-11-30 11:32:44.475733',6,6,'');
CREATE TABLE manifest (
	content_key VARCHAR NOT NULL, 
	body TEXT DEFAULT '' NOT NULL, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (content_key)
);
INSERT INTO "manifest" VALUES('7bbf1fcdca93503bc44ac5da4f74ed44198f977b02aaebb8eab4330c0e7f0efe','{"options":{"format":"cbz","preset":{"max_width":null,"max_height":null,"grayscale":false,"gray_levels":256,"crop_margins":false,"split_strips":false,"output":"source","jpeg_quality":90,"size_share":null},"target_size_bytes":null,"metadata":true,"skip_damaged":false,"page_names":"original"},"comics":[{"comic_id":"01M8P3N3397TSDYRRSPNMMM1E2","path":"Nova/Nova 001.cbz","metadata":{"title":"Nova #1","series":"Nova","number":"1","volume":null,"year":null,"month":null,"day":null,"summary":"","publisher":"","genre":"","web":"","language":"","age_rating":"","creators":[],"reading_direction":"ltr"},"pages":[{"index":0,"name":"1.bmp","facts":{"media_type":"image/bmp","width":8,"height":12,"size_bytes":342,"crc32":4132967917,"sha256":"be26df8976c48308bcd62671c3b24d5627b73ec2dfe8b1cce035e38122704a52"}},{"index":1,"name":"2.bmp","facts":{"media_type":"image/bmp","width":8,"height":12,"size_bytes":342,"crc32":1507290414,"sha256":"ed954a6e552eb0b005ef2acc1434406086afd05602140f8f102a4c552ab66221"}},{"index":2,"name":"3.bmp","facts":{"media_type":"image/bmp","width":8,"height":12,"size_bytes":342,"crc32":2663261881,"sha256":"73293efefd833ca89c85321847e2c56154eefe93875d48bd0dcf2caac7b45357"}}],"missing":[]}]}','2026-11-30 11:32:44.930499');
INSERT INTO "manifest" VALUES('6ec57f24c75e9e82f590043d5f204defe337156e6c8be8f8d97472fc34e72496','{"options":{"format":"pdf","preset":{"max_width":null,"max_height":null,"grayscale":false,"gray_levels":256,"crop_margins":false,"split_strips":false,"output":"source","jpeg_quality":90,"size_share":null},"target_size_bytes":null,"metadata":true,"skip_damaged":false,"page_names":"original"},"comics":[{"comic_id":"01M8P3N2ZQBRC11D6NEH7TNZ0B","path":"Loose pages","metadata":{"title":"Loose pages","series":"","number":"","volume":null,"year":null,"month":null,"day":null,"summary":"","publisher":"","genre":"","web":"","language":"","age_rating":"","creators":[],"reading_direction":"ltr"},"pages":[{"index":0,"name":"1.bmp","facts":{"media_type":"image/bmp","width":8,"height":12,"size_bytes":342,"crc32":474292962,"sha256":"1f9591455892b215c4cde640a6083eff217d2aa4e67c2edaaeb36ff56190bb2a"}},{"index":1,"name":"2.bmp","facts":{"media_type":"image/bmp","width":8,"height":12,"size_bytes":342,"crc32":3016383009,"sha256":"e0f96b90ce494006db88b317e7c075a4ec454f3d5ebc0b039abce87578fe53df"}}],"missing":[]}]}','2026-11-30 11:32:45.722182');
CREATE TABLE page (
	comic_id VARCHAR NOT NULL, 
	page_index INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	media_type VARCHAR NOT NULL, 
	width INTEGER NOT NULL, 
	height INTEGER NOT NULL, 
	size_bytes BIGINT NOT NULL, 
	crc32 BIGINT NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	error TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (comic_id, page_index), 
	FOREIGN KEY(comic_id) REFERENCES comic (id) ON DELETE CASCADE
);
INSERT INTO "page" VALUES('01M8P3N2ZQBRC11D6NEH7TNZ0B',0,'1.bmp','image/bmp',8,12,342,474292962,'1f9591455892b215c4cde640a6083eff217d2aa4e67c2edaaeb36ff56190bb2a','');
INSERT INTO "page" VALUES('01M8P3N2ZQBRC11D6NEH7TNZ0B',1,'2.bmp','image/bmp',8,12,342,3016383009,'e0f96b90ce494006db88b317e7c075a4ec454f3d5ebc0b039abce87578fe53df','');
INSERT INTO "page" VALUES('01M8P3N31XQBVR7G6GS5YRVE6A',0,'1.bmp','image/bmp',8,12,342,3595036007,'9c136a4aec66ea090ac0350afeed59effb675a553565db96c5a1b7d5ad85bae4','');
INSERT INTO "page" VALUES('01M8P3N31XQBVR7G6GS5YRVE6A',1,'2.bmp','image/bmp',8,12,342,2043190692,'3b504def04e539376b278bbaa5459dd36ef3cf557e44d80279abac605a71e350','');
INSERT INTO "page" VALUES('01M8P3N31XQBVR7G6GS5YRVE6A',2,'3.bmp','image/bmp',8,12,342,3198277171,'922815881348035d9058a324c2ef780815716dd758dd7cba2b965e724f510c4c','');
INSERT INTO "page" VALUES('01M8P3N3397TSDYRRSPNMMM1E2',0,'1.bmp','image/bmp',8,12,342,4132967917,'be26df8976c48308bcd62671c3b24d5627b73ec2dfe8b1cce035e38122704a52','');
INSERT INTO "page" VALUES('01M8P3N3397TSDYRRSPNMMM1E2',1,'2.bmp','image/bmp',8,12,342,1507290414,'ed954a6e552eb0b005ef2acc1434406086afd05602140f8f102a4c552ab66221','');
INSERT INTO "page" VALUES('01M8P3N3397TSDYRRSPNMMM1E2',2,'3.bmp','image/bmp',8,12,342,2663261881,'73293efefd833ca89c85321847e2c56154eefe93875d48bd0dcf2caac7b45357','');
INSERT INTO "page" VALUES('01M8P3N351RYF8XBS6A750XWQ7',0,'1.bmp','image/bmp',8,12,342,3864522152,'06a7ccc8aa5b5ec28e156c28b94d89c1c34f656f891394c5cd5388c7663f96b2','');
INSERT INTO "page" VALUES('01M8P3N351RYF8XBS6A750XWQ7',1,'2.bmp','image/bmp',8,12,342,1238930795,'ef4f1c45f7de5fb28a8901d2dea52d870288affc523b72e0f0b6fa4ca479ce79','');
INSERT INTO "page" VALUES('01M8P3N351RYF8XBS6A750XWQ7',2,'3.bmp','image/bmp',8,12,342,1602074708,'d4b98cdc11396a4abadde14c03cdc76427455c093aea3e2314db49a32b2e0b40','');
INSERT INTO "page" VALUES('01M8P3N368KQVM4JEC2HFW8RH3',0,'1.bmp','image/bmp',8,12,342,3326614818,'a0b676692054f2e34f9a8999e264be29f5202f2359c7ce5c4b6441aafe865367','');
INSERT INTO "page" VALUES('01M8P3N368KQVM4JEC2HFW8RH3',1,'2.bmp','image/bmp',8,12,342,1774675425,'0def2244150746f09eae4cf5a7d8741986fa4d75965c52208a79cc45e1dcab96','');
INSERT INTO "page" VALUES('01M8P3N368KQVM4JEC2HFW8RH3',2,'3.bmp','image/bmp',8,12,342,3465428968,'fabda5693af07a3e757cb5008f1b483d7344dc312bf0adbb0d8a6b2253c0ae6b','');
INSERT INTO "page" VALUES('01M8P3N38QSQTZC5BN30V1SRVR',0,'1.bmp','image/bmp',8,12,342,3060266233,'0d30c394debc766e3c592f6a657f4488471c92940a5a741a5992833300658a75','');
INSERT INTO "page" VALUES('01M8P3N38QSQTZC5BN30V1SRVR',1,'2.bmp','image/bmp',8,12,342,434670650,'30d65643a50e08ae1097a0259852c1a1099640105bea405ef7e9aa995c35ea79','');
INSERT INTO "page" VALUES('01M8P3N38QSQTZC5BN30V1SRVR',2,'3.bmp','image/bmp',8,12,342,3733047213,'2f1ca3c1b9b21df9b713186907d3cf2abb1db8226dd43079b7276d4fdfab13e7','');
CREATE TABLE revision_counter (
	id INTEGER NOT NULL, 
	value BIGINT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "revision_counter" VALUES(1,7);
CREATE TABLE series (
	id VARCHAR NOT NULL, 
	title VARCHAR NOT NULL, 
	title_key VARCHAR NOT NULL, 
	sort_key VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (title_key)
);
INSERT INTO "series" VALUES('01M8P3N339A47E4GM92HWJ878H','Nova','nova','nova','2026-11-30 11:32:44.265857');
INSERT INTO "series" VALUES('01M8P3N3681A2PVGPK1R38MSEJ','Runs','runs','runs','2026-11-30 11:32:44.360584');
CREATE TABLE share (
	id VARCHAR NOT NULL, 
	user_id VARCHAR NOT NULL, 
	title VARCHAR NOT NULL, 
	comics JSON NOT NULL, 
	formats JSON NOT NULL, 
	password_hash VARCHAR NOT NULL, 
	max_downloads BIGINT, 
	downloads_done BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	revoked_at DATETIME, 
	PRIMARY KEY (id), 
	CONSTRAINT share_downloads_done CHECK (downloads_done >= 0), 
	CONSTRAINT share_max_downloads CHECK (max_downloads IS NULL OR max_downloads > 0), 
	CONSTRAINT share_lives CHECK (expires_at > created_at), 
	FOREIGN KEY(user_id) REFERENCES user_account (id) ON DELETE CASCADE
);
INSERT INTO "share" VALUES('01M8P3N422MMC0VHBJ5X7GKXJB','01M8P3N2RWMYE3F7CFP7H2W0XD','Nova','[{"id": "01M8P3N3397TSDYRRSPNMMM1E2", "title": "Nova #1"}, {"id": "01M8P3N351RYF8XBS6A750XWQ7", "title": "Nova #2"}]','["cbz", "zip", "pdf", "epub"]','$argon2id$v=19$m=19456,t=2,p=1$668TPuekcWN3uCJmc1XALg$bjBTPkxNuLCUyIUzPDNLGLSEN3JLvPyJbwDnvQC6wuU',NULL,0,'2026-11-30 11:32:45.250636','2026-12-07 11:32:45.250636',NULL);
INSERT INTO "share" VALUES('01M8P3N4DMV0P0FSX34VVBYJ9G','01M8P3N2RWMYE3F7CFP7H2W0XD','Runs','[{"id": "01M8P3N368KQVM4JEC2HFW8RH3", "title": "Runs #1"}, {"id": "01M8P3N38QSQTZC5BN30V1SRVR", "title": "Runs #1"}]','["cbz", "zip", "pdf", "epub"]','$argon2id$v=19$m=19456,t=2,p=1$k3Zr9ZAYnezhI3DCHxWxuA$Zk9qXQRzRkvOAOstubRG4ZTdH5AMmfZe82iU4/2Kv2k',NULL,0,'2026-11-30 11:32:45.620850','2026-12-07 11:32:45.620850',NULL);
CREATE TABLE sign_in_failure (
	id INTEGER NOT NULL, 
	subject VARCHAR NOT NULL, 
	failed_at DATETIME NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE sign_in_ticket (
	token_hash VARCHAR NOT NULL, 
	user_id VARCHAR NOT NULL, 
	expires_at DATETIME NOT NULL, 
	PRIMARY KEY (token_hash), 
	FOREIGN KEY(user_id) REFERENCES user_account (id) ON DELETE CASCADE
);
CREATE TABLE transfer (
	id VARCHAR NOT NULL, 
	artifact_id VARCHAR NOT NULL, 
	job_id VARCHAR NOT NULL, 
	heartbeat_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(artifact_id) REFERENCES artifact (id) ON DELETE CASCADE, 
	FOREIGN KEY(job_id) REFERENCES job (id) ON DELETE CASCADE
);
CREATE TABLE user_account (
	id VARCHAR NOT NULL, 
	username VARCHAR NOT NULL, 
	username_key VARCHAR NOT NULL, 
	password_hash VARCHAR NOT NULL, 
	role VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT user_role CHECK (role IN ('owner', 'member')), 
	UNIQUE (username_key)
);
INSERT INTO "user_account" VALUES('01M8P3N2RWMYE3F7CFP7H2W0XD','olga','olga','$argon2id$v=19$m=19456,t=2,p=1$fCAljTZ+HGRT3gKpUEE0sQ$C/EjJZ+SwoA8qOPN27CZMOyVJv34bBhIN1IHKnRvOk0','owner','2026-11-30 11:32:43.932553');
CREATE TABLE "worker" (
	id VARCHAR NOT NULL, 
	host VARCHAR NOT NULL, 
	pid INTEGER NOT NULL, 
	started_at DATETIME NOT NULL, 
	heartbeat_at DATETIME NOT NULL, 
	room_bytes BIGINT, 
	PRIMARY KEY (id)
);
CREATE INDEX ix_artifact_expires_at ON artifact (expires_at);
CREATE INDEX ix_library_scan_requested_at ON library_scan (requested_at);
CREATE INDEX ix_series_sort_key ON series (sort_key);
CREATE INDEX sign_in_failure_who ON sign_in_failure (subject, failed_at);
CREATE UNIQUE INDEX one_owner ON user_account (role) WHERE role = 'owner';
CREATE INDEX ix_access_token_user_id ON access_token (user_id);
CREATE INDEX ix_browser_session_expires_at ON browser_session (expires_at);
CREATE INDEX ix_browser_session_user_id ON browser_session (user_id);
CREATE INDEX comic_reading_order ON comic (series_id, number_key, title_key);
CREATE INDEX ix_comic_added_at ON comic (added_at);
CREATE INDEX ix_comic_series_id ON comic (series_id);
CREATE INDEX ix_comic_title_key ON comic (title_key);
CREATE INDEX ix_job_artifact_id ON job (artifact_id);
CREATE INDEX ix_job_content_key ON job (content_key);
CREATE INDEX ix_job_created_at ON job (created_at);
CREATE INDEX ix_job_deleted_at ON job (deleted_at);
CREATE INDEX ix_job_expires_at ON job (expires_at);
CREATE INDEX ix_job_finished_at ON job (finished_at);
CREATE INDEX ix_job_rendition_key ON job (rendition_key);
CREATE INDEX ix_job_revision ON job (revision);
CREATE INDEX ix_job_user_id ON job (user_id);
CREATE INDEX job_claim_order ON job (status, user_id, priority, created_at, id);
CREATE INDEX job_lease ON job (status, lease_until);
CREATE INDEX job_of_user ON job (user_id, created_at);
CREATE UNIQUE INDEX job_unfinished_request ON job (user_id, request_key) WHERE status IN ('paused', 'preparing', 'queued');
CREATE INDEX ix_sign_in_ticket_expires_at ON sign_in_ticket (expires_at);
CREATE INDEX ix_sign_in_ticket_user_id ON sign_in_ticket (user_id);
CREATE INDEX ix_transfer_artifact_id ON transfer (artifact_id);
CREATE INDEX ix_transfer_heartbeat_at ON transfer (heartbeat_at);
CREATE INDEX ix_transfer_job_id ON transfer (job_id);
CREATE INDEX ix_worker_heartbeat_at ON worker (heartbeat_at);
CREATE INDEX share_of_user ON share (user_id, created_at);
CREATE INDEX ix_share_user_id ON share (user_id);
CREATE INDEX ix_share_expires_at ON share (expires_at);
CREATE INDEX ix_share_revoked_at ON share (revoked_at);
CREATE INDEX ix_job_share_id ON job (share_id);
CREATE INDEX job_in_hand ON job (worker_id) WHERE status = 'preparing';
COMMIT;
